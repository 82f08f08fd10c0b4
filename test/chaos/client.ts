import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Member } from './fleet.ts';
import type { History, Operation } from './history.ts';
import type { Draws } from './random.ts';

/** What a client sends; the rest of an Operation is seen by sending it. */
export interface Wish
  extends Pick<Operation, 'verb' | 'by' | 'code' | 'order' | 'holdId' | 'redemptionId' | 'campaign' | 'about'> {
  service: 'membership' | 'issuance' | 'redemption' | 'referral';
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  token?: string;
  /** Whether it carries an Idempotency-Key, and is sent again while nobody knows what became of it. */
  keyed: boolean;
}

const newId = () => `req_${randomUUID()}`;
const patienceMs = 3000;
const triesAtMost = 15;

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends to any process of a service, as a plain load balancer would: it does not know which of them are down. */
export class Client {
  readonly #fleet: Fleet;
  readonly #history: History;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #turns = new Map<string, number>();

  constructor(fleet: Fleet, history: History) {
    this.#fleet = fleet;
    this.#history = history;
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * Sends it, and again with the same key while the outcome is unknown; sometimes gives up, as clients do. Resolves to the
   * last attempt.
   */
  async send(wish: Wish, draws: Draws): Promise<Operation> {
    const first = newId();
    for (let tries = 1; ; tries += 1) {
      const operation = await this.attempt(wish, first, tries === 1 ? first : newId());
      if (operation.endedAt !== undefined || !wish.keyed || tries >= triesAtMost || draws.chance(0.05))
        return operation;
      await sleep(50 + draws.share() * Math.min(1000, 100 * tries));
    }
  }

  /** One attempt of the request that `first` was the first attempt of. */
  async attempt(wish: Wish, first: string, id = newId()): Promise<Operation> {
    const member = this.#next(wish.service);
    const startedAt = this.#history.now();
    const { verb, by, code, order, holdId, redemptionId, campaign, about } = wish;
    const operation: Operation = {
      id,
      request: first,
      verb,
      by,
      asked: member.name,
      ...(code === undefined ? {} : { code }),
      ...(order === undefined ? {} : { order }),
      ...(holdId === undefined ? {} : { holdId }),
      ...(redemptionId === undefined ? {} : { redemptionId }),
      ...(campaign === undefined ? {} : { campaign }),
      ...(about === undefined ? {} : { about }),
      startedAt,
    };
    try {
      const { status, headers, text } = await this.#ask(member, wish, first, id);
      operation.status = status;
      const isJson = /json/.test(String(headers['content-type'] ?? ''));
      const answer = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
      if (typeof answer.type === 'string') operation.word = answer.type.replace('urn:fcode:problem:', '');
      if (status < 500) {
        operation.endedAt = this.#history.now();
        operation.answer = answer;
        if (status < 300) operation.text = text;
        if (headers['idempotent-replayed'] === 'true') operation.replayed = true;
      }
    } catch (error) {
      operation.word = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    }
    this.#history.add(operation);
    return operation;
  }

  #next(service: string): Member {
    const members = this.#fleet.of(service);
    const turn = (this.#turns.get(service) ?? 0) + 1;
    this.#turns.set(service, turn);
    return members[turn % members.length] as Member;
  }

  #ask({ wire }: Member, { method, path, body, token, keyed }: Wish, key: string, id: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: wire.port,
          agent: this.#agent,
          method,
          path,
          headers: {
            'x-request-id': id,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(keyed ? { 'idempotency-key': key } : {}),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              text: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      // Of the whole exchange: a process that was stopped accepts connections and says nothing.
      const late = setTimeout(() => asked.destroy(new Error('no answer in time')), patienceMs);
      asked.on('error', reject);
      asked.on('close', () => {
        clearTimeout(late);
        reject(new Error('closed'));
      });
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}
