import { codeSubject, type Heard } from '@fcode/events';
import type { Operation } from './history.ts';

// Whether everything that clients were told of a code can be explained by one order of the writes on it. The order is that
// of the code's events in the log; so it is enough to find, for each answer, a state between two writes that explains it,
// such that nobody sees an older state than somebody who was answered before.

/** The events that make a code what it is. */
export const lifeTypes = [
  'code.held',
  'code.hold_extended',
  'code.released',
  'code.redeemed',
  'code.cancelled',
  'code.hold_lost',
] as const;
type Life = Heard<(typeof lifeTypes)[number]>;

/** One write on a code: the events of one commit. */
interface Commit {
  cause: string;
  events: Life[];
}

/** What an order once had. */
interface Past {
  order: string;
  ended: 'released' | 'expired' | 'cancelled';
}

/** A code between two writes. */
interface State {
  status: 'free' | 'held' | 'redeemed';
  order?: string;
  holdId?: string;
  until?: number;
  isExtended?: boolean;
  redemptionId?: string;
  /** Holds that ended, by their ids. */
  past: ReadonlyMap<string, Past>;
  /** Whose purchases were cancelled, by their ids. */
  cancelled: ReadonlyMap<string, string>;
}

/** When the run began, and by how much clocks were off. */
interface Time {
  wall: number;
  skewOf: SkewOf;
}

export interface Judged {
  /** Operations that one or more codes could explain. */
  explained: number;
  violations: string[];
}

const graceMs = 5000;
/** Of reading a clock and of answering. */
const slackMs = 2000;
const untouched: State = { status: 'free', past: new Map(), cancelled: new Map() };

const nameOf = ({ shop, orderId }: { shop: string; orderId: string }): string => `${shop}/${orderId}`;
const orderOf = ({ by, order }: Operation): string => `${by}/${order ?? ''}`;

const after = (state: State, { type, data }: Life): State => {
  const { past, cancelled } = state;
  switch (type) {
    case 'code.held':
      return {
        status: 'held',
        order: nameOf(data.order),
        holdId: data.holdId,
        until: Date.parse(data.holdUntil),
        past,
        cancelled,
      };
    case 'code.hold_extended':
      return { ...state, until: Date.parse(data.holdUntil), isExtended: true };
    case 'code.redeemed': {
      const { redemptionId, holdId } = data;
      const by = holdId === undefined ? {} : { holdId };
      return { status: 'redeemed', order: nameOf(data.order), redemptionId, ...by, past, cancelled };
    }
    case 'code.released': {
      const ended = { order: nameOf(data.order), ended: data.cause };
      return { status: 'free', past: new Map(past).set(data.holdId, ended), cancelled };
    }
    case 'code.cancelled': {
      const order = nameOf(data.order);
      const ended = { order, ended: 'cancelled' as const };
      return {
        status: 'free',
        past: state.holdId === undefined ? past : new Map(past).set(state.holdId, ended),
        cancelled: new Map(cancelled).set(data.redemptionId, order),
      };
    }
    case 'code.hold_lost':
      return state;
  }
};

const commitsOf = (events: readonly Life[]): Commit[] => {
  const commits: Commit[] = [];
  for (const event of [...events].sort((a, b) => a.sequence - b.sequence)) {
    const last = commits.at(-1);
    // One request, one write; a second write of the same request says something again.
    const isSame = last?.cause === event.correlationId && last.events.every(({ type }) => type !== event.type);
    if (isSame) last.events.push(event);
    else commits.push({ cause: event.correlationId, events: [event] });
  }
  return commits;
};

/** How far the clock of a process was off, at least and at most, in a time of the run. */
export type SkewOf = (asked: string, from: number, to: number) => [least: number, most: number];

/** Judges every code by itself. `wall` is the epoch ms at which the run began. */
export const judgeCodes = (
  operations: readonly Operation[],
  events: readonly Life[],
  wall: number,
  skewOf: SkewOf,
): Judged => {
  const violations: string[] = [];
  let explained = 0;
  const eventsOf = Map.groupBy(events, ({ data }) => codeSubject(data));
  const operationsOf = Map.groupBy(
    operations.filter(({ code }) => code !== undefined),
    ({ code }) => code as string,
  );
  const chainOf = Map.groupBy(operations, ({ request }) => request);
  for (const code of new Set([...eventsOf.keys(), ...operationsOf.keys()])) {
    const commits = commitsOf(eventsOf.get(code) ?? []);
    const asked = operationsOf.get(code) ?? [];
    const judged = judgeCode(code, asked, commits, chainOf, { wall, skewOf });
    violations.push(...judged.violations);
    explained += judged.explained;
  }
  return { explained, violations };
};

const judgeCode = (
  code: string,
  asked: readonly Operation[],
  commits: readonly Commit[],
  chainOf: ReadonlyMap<string, readonly Operation[]>,
  time: Time,
): Judged => {
  const violations: string[] = [];
  let explained = 0;
  const say = (operation: Operation | undefined, sentence: string) =>
    violations.push(
      `${code}: ${operation ? `${operation.verb} ${operation.id} of ${orderOf(operation)}` : ''} ${sentence}`,
    );
  // states[k] is the state after k commits.
  const states = [untouched];
  for (const { events } of commits) states.push(events.reduce(after, states.at(-1) as State));
  const known = new Set(asked.map(({ id }) => id));
  const writeOf = new Map<string, number>();
  commits.forEach(({ cause, events }, position) => {
    if (!known.has(cause)) say(undefined, `${events[0]?.type} was caused by ${cause}, which nobody sent`);
    if (writeOf.has(cause)) {
      const loss = events.every(({ type }) => type === 'code.hold_lost');
      if (!loss) say(undefined, `${cause} has written twice`);
    }
    writeOf.set(cause, position + 1);
  });

  const byStart = [...asked].sort((a, b) => a.startedAt - b.startedAt);
  const startOf = new Map(asked.map(({ id, startedAt }) => [id, startedAt]));
  /** What was seen by those who had been answered, by when: only the newest matters. */
  const seen: { endedAt: number; position: number }[] = [];
  const floorAt = (startedAt: number): number =>
    seen.reduce((most, { endedAt, position }) => (endedAt < startedAt ? Math.max(most, position) : most), 0);

  for (const operation of byStart) {
    const { id, startedAt, endedAt } = operation;
    const floor = floorAt(startedAt);
    const own = writeOf.get(id);
    if (own !== undefined && own <= floor) say(operation, 'wrote before what had been answered when it was sent');
    if (endedAt === undefined) continue;
    const attempts = chainOf.get(operation.request) ?? [];
    // The first answer again, to the letter, tells of the time of the first.
    const isAgain = attempts.some(
      ({ text, endedAt: told = Number.POSITIVE_INFINITY }) =>
        text !== undefined && text === operation.text && told < startedAt,
    );
    if (operation.replayed && isAgain) {
      explained += 1;
      continue;
    }
    const chain = new Set(attempts.map((attempt) => attempt.id));
    let ceiling = floor;
    // What was sent after the answer cannot have been seen in it.
    while (ceiling < commits.length && (startOf.get(commits[ceiling]?.cause ?? '') ?? 0) <= endedAt) ceiling += 1;
    let position: number | undefined;
    for (let k = own ?? floor; k <= (own ?? ceiling); k += 1) {
      if (explains(operation, states, k, commits, chain, own === k, time)) {
        position = k;
        break;
      }
    }
    if (position === undefined) {
      const near = states
        .slice(floor, ceiling + 1)
        .map(({ status, order }) => `${status}${order ? ` by ${order}` : ''}`);
      say(
        operation,
        `was answered ${operation.status} ${operation.word ?? JSON.stringify(operation.answer)}, while the code was ${near.join(', then ')}`,
      );
      continue;
    }
    explained += 1;
    seen.push({ endedAt, position });
  }
  return { explained, violations };
};

/** Whether the answer may have been given by who saw the code after `k` writes, the last of which was its own if `isOwn`. */
const explains = (
  operation: Operation,
  states: readonly State[],
  k: number,
  commits: readonly Commit[],
  chain: ReadonlySet<string>,
  isOwn: boolean,
  { wall, skewOf }: Time,
): boolean => {
  const { verb, status, word, answer = {}, startedAt, endedAt = 0 } = operation;
  const state = states[k] as State;
  const mine = orderOf(operation);
  const isMine = state.order === mine;
  const firstTold = (type: Life['type'], id: unknown): boolean =>
    commits
      .slice(0, k)
      .some(
        ({ cause, events }) =>
          chain.has(cause) &&
          events.some(
            ({ type: told, data }) =>
              told === type &&
              (told === 'code.redeemed'
                ? (data as { redemptionId: string }).redemptionId
                : (data as { holdId: string }).holdId) === id,
          ),
      );
  // Whether a hold in the way was over for the process that answered, whose clock may be off.
  const ends = (state.until ?? 0) + graceMs - wall;
  const [least, most] = skewOf(operation.asked, startedAt, endedAt);
  const mayBeOver = state.status === 'held' && endedAt + most + slackMs >= ends;
  const isOver = state.status === 'held' && startedAt + least - slackMs >= ends;
  const past = state.past.get(operation.holdId ?? '');
  const hasEnded = past?.order === mine;
  const hasCancelled = [...state.cancelled.values()].includes(mine);
  // A request that has written is answered by what it wrote, ever after.
  const hasWritten = commits.slice(0, k).some(({ cause }) => chain.has(cause));

  if (status !== undefined && status < 300) {
    switch (verb) {
      case 'hold':
        if (firstTold('code.held', answer.holdId)) return true;
        return isMine && state.holdId === answer.holdId;
      case 'extend':
        return isMine && state.status === 'held' && state.until === Date.parse(String(answer.holdUntil));
      case 'cancel':
        return state.cancelled.get(operation.redemptionId ?? '') === mine;
      case 'redeem':
      case 'confirm':
        return state.status === 'redeemed' && isMine && state.redemptionId === answer.redemptionId;
      case 'release':
        return isOwn
          ? state.status !== 'redeemed'
          : hasEnded && !(isMine && state.holdId === operation.holdId && state.status === 'held');
      case 'check': {
        if (answer.outcome === 'accepted') return state.status === 'free' || mayBeOver;
        if (answer.refusal === 'code_not_usable')
          return state.status === 'redeemed' || (state.status === 'held' && !isOver);
        return answer.refusal === 'campaign_paused';
      }
      default:
        return false;
    }
  }
  switch (word) {
    case 'code_not_usable':
      return !hasWritten && !isMine && (state.status === 'redeemed' || (state.status === 'held' && !isOver));
    case 'already_redeemed':
      return state.status === 'redeemed' && isMine;
    case 'hold_lost':
      return hasEnded && past.ended !== 'cancelled' && !(isMine && state.status === 'redeemed');
    case 'order_cancelled':
      return hasCancelled && !hasWritten;
    case 'hold_ended':
      return verb === 'extend' && hasEnded && past.ended !== 'cancelled';
    case 'extension_used':
      return verb === 'extend' && isMine && state.isExtended === true && state.status === 'held';
    // What buyers and campaigns may have, is judged from their own items.
    case 'buyer_limit_reached':
    case 'campaign_paused':
      return !hasWritten && (verb === 'hold' || verb === 'redeem' || verb === 'extend');
    default:
      return false;
  }
};
