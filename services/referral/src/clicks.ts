import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, Logger } from '@fcode/event-log';
import { type CloudEvent, dialect, linkClicked } from '@fcode/events';
import { ulid } from 'ulid';
import type { MadeLink } from './links.ts';

const flushEveryMs = 200;
const appendAtOnce = 500;
const stopWithinMs = 5000;

/**
 * Clicks on invite links. Whoever clicks is answered first: a click has no state, so it waits in memory for moments and
 * goes to the event log with the others. A process that is killed takes along the clicks of a fifth of a
 * second, or of as long as the log has been away.
 */
export class Clicks {
  readonly #log: EventLog;
  readonly #logger: Logger;
  readonly #waitingAtMost: number;
  #waiting: CloudEvent[] = [];
  #letGo = 0;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  /** `waitingAtMost`: some minutes of a rush with the event log away; what comes on top is counted and let go. */
  constructor(log: EventLog, logger: Logger, waitingAtMost = 50_000) {
    this.#log = log;
    this.#logger = logger;
    this.#waitingAtMost = waitingAtMost;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** `at` in epoch ms. */
  add({ link: { createdAt: _, ...link } }: MadeLink, at: number, correlationId: string): void {
    if (this.#waiting.length >= this.#waitingAtMost) {
      this.#letGo += 1;
      return;
    }
    const clickId = `clk_${ulid(at)}`;
    const time = new Date(at).toISOString();
    const clicked = linkClicked.of({ ...link, clickId, clickedAt: time });
    const entry = dialect.entryOf(clicked, { sequence: 1, time, correlationId, causationId: correlationId });
    this.#waiting.push(dialect.toCloudEvent(`click/${clickId}`, entry));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      await sleep(Math.min(5000, flushEveryMs * 2 ** failures), undefined, { signal }).catch(() => {});
      failures = (await this.#flush()) ? 0 : failures + 1;
    }
  }

  async #flush(): Promise<boolean> {
    if (this.#letGo > 0) {
      this.#logger.warn({ clicks: this.#letGo }, 'clicks were let go: the event log has been away for too long');
      this.#letGo = 0;
    }
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, appendAtOnce);
      try {
        await this.#log.append(batch);
        this.#waiting.splice(0, batch.length);
      } catch (error) {
        this.#logger.warn({ err: error }, 'clicks wait for the event log');
        return false;
      }
    }
    return true;
  }

  /** Publishes what still waits, for five seconds at most. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const until = performance.now() + stopWithinMs;
    while (!(await this.#flush()) && performance.now() < until) await sleep(flushEveryMs);
  }
}
