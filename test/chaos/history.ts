import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';

/** What a client asked for, in the words of the API. */
export type Verb =
  | 'hold'
  | 'extend'
  | 'confirm'
  | 'release'
  | 'redeem'
  | 'cancel'
  | 'check'
  | 'forge'
  | 'claim'
  | 'mine'
  | 'join'
  | 'place'
  | 'take'
  | 'leave'
  | 'supply'
  | 'contribute'
  | 'referrals'
  | 'link'
  | 'click'
  | 'ask'
  | 'grant'
  | 'reverse'
  | 'switch';

/** One attempt of a client, as the client saw it. Times are ms since the run began, by the client's monotonic clock. */
export interface Operation {
  /** Its X-Request-Id, which every event that it causes carries. */
  id: string;
  /** The first attempt of the same request: with the same Idempotency-Key, where it has one. */
  request: string;
  verb: Verb;
  /** Who asked: a shop, a member, a source. */
  by: string;
  /** Of the fleet, e.g. `redemption-2`. */
  asked: string;
  /** `code/<batch>.<index>` */
  code?: string;
  order?: string;
  holdId?: string;
  redemptionId?: string;
  campaign?: string;
  /** What else the check of its effect needs. */
  about?: Record<string, unknown>;
  startedAt: number;
  /** Absent where the client does not know what became of it: no answer, or one of 500 and more. */
  endedAt?: number;
  status?: number;
  /** The word of a problem. */
  word?: string;
  answer?: Record<string, unknown>;
  /** The first answer again, by the server's own word. */
  replayed?: boolean;
  /** Of the answer, to the letter. */
  text?: string;
}

/** Whether the client was told that it happened, or what it asked. */
export const isAcknowledged = ({ status, endedAt }: Operation): boolean =>
  endedAt !== undefined && status !== undefined && status < 400;

const writes = new Set<Verb>([
  'hold',
  'extend',
  'confirm',
  'release',
  'redeem',
  'cancel',
  'claim',
  'join',
  'take',
  'leave',
  'supply',
  'contribute',
  'link',
  'ask',
  'grant',
  'reverse',
  'switch',
]);

/** Everything that clients did and saw, in memory for the check and on disk for whoever reads it afterwards. */
export class History {
  readonly operations: Operation[] = [];
  /** Seconds of the run in which somebody's write was acknowledged. */
  readonly served = new Set<number>();
  acknowledged = 0;
  readonly #file: WriteStream;
  readonly #startedAt = performance.now();
  /** The wall's time at the start, epoch ms. */
  readonly wall = Date.now();

  constructor(file: string) {
    this.#file = createWriteStream(file);
  }

  /** Ms since the run began. */
  now(): number {
    return performance.now() - this.#startedAt;
  }

  /** Times of the run as those of performance.now(). */
  times(from: number, to: number): [from: number, to: number] {
    return [this.#startedAt + from, this.#startedAt + to];
  }

  add(operation: Operation): void {
    this.operations.push(operation);
    // A click is answered whatever is away, so it tells nothing.
    if (isAcknowledged(operation) && operation.verb !== 'click') this.acknowledged += 1;
    if (isAcknowledged(operation) && writes.has(operation.verb) && !operation.replayed) {
      this.served.add(Math.floor((operation.endedAt as number) / 1000));
    }
    this.#file.write(`${JSON.stringify(operation)}\n`);
  }

  async close(): Promise<void> {
    this.#file.end();
    await once(this.#file, 'close');
  }
}
