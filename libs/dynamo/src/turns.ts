import { StoreBusy } from './errors.ts';

/** One answer of the store: what it told of several keys was true of all of them at one instant after it was asked. */
interface Answer {
  askedAt: number;
}

interface Seat<Value> {
  waiting: number;
  /** Ends with the last one in line. */
  tail: Promise<void>;
  /** Without an answer it is a guess. */
  known?: { value: Value; answer: Answer | undefined };
  /** Stays, as a guess for the next one, when the last in line has left. */
  kept: boolean;
}

/** What the holder of a turn knows about the keys that it holds. */
export class Turn<Value> {
  #answer: Answer = { askedAt: Number.NEGATIVE_INFINITY };
  readonly #arrived: number;
  readonly #seats: ReadonlyMap<string, Seat<Value>>;

  constructor(arrived: number, seats: ReadonlyMap<string, Seat<Value>>) {
    this.#arrived = arrived;
    this.#seats = seats;
  }

  /** To be called before a request leaves: what it brings back was true, all at once, at this time or later. */
  sending(): void {
    this.#answer = { askedAt: performance.now() };
  }

  note(key: string, value: Value): void {
    (this.#seats.get(key) as Seat<Value>).known = { value, answer: this.#answer };
  }

  /** A guess is good enough to try a guarded write on, never to refuse. */
  assume(key: string, value: Value): void {
    (this.#seats.get(key) as Seat<Value>).known = { value, answer: undefined };
  }

  known(key: string): Value | undefined {
    return this.#seats.get(key)?.known?.value;
  }

  /**
   * Whether what is known was true, of all `keys` at once, at some instant since this change was asked for: only then may
   * it refuse.
   */
  isCurrent(keys: string[]): boolean {
    const [first, ...others] = keys.map((key) => this.#seats.get(key)?.known?.answer);
    return first !== undefined && first.askedAt >= this.#arrived && others.every((answer) => answer === first);
  }
}

const waitingAtMost = 1000;

/**
 * One change at a time for a key, within this process. It protects nothing (guards do, across processes): it lets a
 * crowd on one key share what the first of them learnt, so that sixty-four orders on one code cost a write and a read
 * instead of sixty-four of each. What was learnt is forgotten with the last in line, but for keys that are `kept`: those
 * that this process alone changes as a rule.
 */
export class Turns<Value> {
  readonly #seats = new Map<string, Seat<Value>>();

  /** Waits for its turn on all of `keys`; rejects with StoreBusy when the line is too long or `deadline` passes. */
  async take<Result>(
    keys: string[],
    deadline: number,
    job: (turn: Turn<Value>) => Promise<Result>,
    kept: readonly string[] = [],
  ): Promise<Result> {
    const arrived = performance.now();
    const seats = new Map<string, Seat<Value>>();
    const before: Promise<void>[] = [];
    let othersFirst = false;
    let leave: () => void = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // All seats are taken in one step of the event loop, so two changes of the same keys cannot wait for each other.
    for (const key of new Set(keys)) {
      const seat = this.#seats.get(key) ?? { waiting: 0, tail: Promise.resolve(), kept: kept.includes(key) };
      if (seat.waiting >= waitingAtMost) {
        leave();
        this.#release(seats);
        throw new StoreBusy(`too many changes of ${key} at once`);
      }
      this.#seats.set(key, seat);
      seats.set(key, seat);
      othersFirst ||= seat.waiting > 0;
      seat.waiting += 1;
      before.push(seat.tail);
      seat.tail = Promise.all([seat.tail, left]).then(() => {});
    }
    try {
      // Nobody's turn starts in this step of the event loop: who comes in it may share what the first is about to learn.
      const turn = Promise.all(before);
      await (othersFirst ? inTime(turn, deadline) : turn);
      if (performance.now() >= deadline) throw new StoreBusy('the deadline passed in line');
      return await job(new Turn(arrived, seats));
    } finally {
      leave();
      this.#release(seats);
    }
  }

  #release(seats: ReadonlyMap<string, Seat<Value>>): void {
    for (const [key, seat] of seats) {
      seat.waiting -= 1;
      if (seat.waiting > 0) continue;
      if (seat.kept && seat.known) seat.known = { value: seat.known.value, answer: undefined };
      else this.#seats.delete(key);
    }
  }
}

const inTime = async (turn: Promise<unknown>, deadline: number): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const left = Math.max(0, Math.min(deadline - performance.now(), 2 ** 31 - 1));
    timer = setTimeout(() => reject(new StoreBusy('the deadline passed in line')), left);
  });
  try {
    await Promise.race([turn, late]);
  } finally {
    clearTimeout(timer);
  }
};
