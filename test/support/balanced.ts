import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '@fcode/processes';
import type { Answer } from './calling.ts';

/** A request that failed, and what one retry at another process came to. */
export interface Failure {
  what: string;
  first: string;
  second: string;
  /** From the failure to the answer. */
  curedAfterMs: number;
}

/** Turns over the processes of a service like a plain load balancer: it does not know which of them are down. */
export class Balanced {
  readonly failures: Failure[] = [];
  /** How long requests took that nothing happened to; ms. */
  readonly #undisturbed: number[] = [];
  answers = 0;
  #turn = 0;

  /** Asks the next process; what fails is asked once more, a moment later, of the one after it. */
  async ask(what: string, processes: readonly Running[], ask: (url: string) => Promise<Answer>): Promise<Answer> {
    const turn = this.#turn;
    this.#turn += 1;
    const attempt = async (position: number): Promise<Answer | string> => {
      try {
        const answer = await ask(processes[position % processes.length]?.url as string);
        return answer.status < 500 ? answer : `${answer.status} ${answer.word}`;
      } catch (error) {
        return String((error as Error).cause ?? error);
      }
    };
    const askedAt = performance.now();
    const first = await attempt(turn);
    this.answers += 1;
    if (typeof first !== 'string') {
      this.#undisturbed.push(performance.now() - askedAt);
      return first;
    }
    const failedAt = performance.now();
    await sleep(100);
    const second = await attempt(turn + 1);
    const curedAfterMs = performance.now() - failedAt;
    this.failures.push({ what, first, second: typeof second === 'string' ? second : `${second.status}`, curedAfterMs });
    if (typeof second === 'string') throw new Error(`${what}: ${first}, then ${second}`);
    return second;
  }

  /** What one retry did not cure, or not within a second more than the slowest request took to which nothing happened. */
  get uncured(): Failure[] {
    const slow = Math.max(0, ...this.#undisturbed);
    return this.failures.filter(
      ({ second, curedAfterMs }) => !/^[234]\d\d$/.test(second) || curedAfterMs > 1_000 + slow,
    );
  }
}
