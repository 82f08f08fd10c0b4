import { StoreBusy } from './errors.ts';

interface Seat<Value> {
  waiting: number;
  /** Ends with the last one in line. */
  tail: Promise<void>;
  known?: { value: Value; since: number } | undefined;
}

/** What the holder of a turn knows about the keys that it holds. */
export class Turn<Value> {
  #sentAt = 0;
  readonly #arrived: number;
  readonly #seats: ReadonlyMap<string, Seat<Value>>;

  constructor(arrived: number, seats: ReadonlyMap<string, Seat<Value>>) {
    this.#arrived = arrived;
    this.#seats = seats;
    this.#sentAt = performance.now();
  }

  /** To be called before a request leaves: what it brings back was true at this time or later. */
  sending(): void {
    this.#sentAt = performance.now();
  }

  note(key: string, value: Value): void {
    (this.#seats.get(key) as Seat<Value>).known = { value, since: this.#sentAt };
  }

  known(key: string): Value | undefined {
    return this.#seats.get(key)?.known?.value;
  }

  /** Whether what is known was true at some time since this change was asked for: only then may it refuse. */
  isCurrent(key: string): boolean {
    const since = this.#seats.get(key)?.known?.since;
    return since !== undefined && since >= this.#arrived;
  }
}

const waitingAtMost = 1000;

/**
 * One change at a time for a key, within this process. It protects nothing (guards do, across processes): it lets a
 * crowd on one key share what the first of them learnt, so that sixty-four orders on one code cost a write and a read
 * instead of sixty-four of each. What was learnt is forgotten with the last in line.
 */
export class Turns<Value> {
  readonly #seats = new Map<string, Seat<Value>>();

  /** Waits for its turn on all of `keys`; rejects with StoreBusy when the line is too long or `deadline` passes. */
  async take<Result>(keys: string[], deadline: number, job: (turn: Turn<Value>) => Promise<Result>): Promise<Result> {
    const arrived = performance.now();
    const seats = new Map<string, Seat<Value>>();
    const before: Promise<void>[] = [];
    let leave: () => void = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // All seats are taken in one step of the event loop, so two changes of the same keys cannot wait for each other.
    for (const key of new Set(keys)) {
      const seat = this.#seats.get(key) ?? { waiting: 0, tail: Promise.resolve() };
      if (seat.waiting >= waitingAtMost) {
        leave();
        this.#release(seats);
        throw new StoreBusy(`too many changes of ${key} at once`);
      }
      this.#seats.set(key, seat);
      seats.set(key, seat);
      seat.waiting += 1;
      before.push(seat.tail);
      seat.tail = Promise.all([seat.tail, left]).then(() => {});
    }
    try {
      await Promise.all(before);
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
      if (seat.waiting === 0) this.#seats.delete(key);
    }
  }
}
