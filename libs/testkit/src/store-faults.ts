import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableOf } from './written-keys.ts';

/** What DynamoDB does to its callers under load and local engines never do. All absent: nothing. Shares are 0 to 1. */
export interface StoreFaults {
  /** Of statements of a batch, each by itself, and of other calls as a whole: nothing is done. */
  throttle?: number;
  /** Of statements of a batch, and of transactions: nothing is done, since another transaction is in the way. */
  conflict?: number;
  /** Of statements of a batch, and of other calls; half of the writes were done all the same. */
  internalError?: number;
  /** Of calls: done, and the caller's connection is cut without an answer. */
  lostResponse?: number;
  /** Of calls: they reach the engine twice, and the caller hears the first answer (the second call may come late) or the second. */
  duplicate?: number;
  /** Of calls: they wait for up to so many ms, before the engine or after it. */
  slow?: { share: number; ms: number };
  /** Queries of an index are answered as of up to so long ago, at most 30,000; see StaleIndex. */
  staleIndexMs?: number;
}

export type FaultKind =
  | 'throttle'
  | 'conflict'
  | 'internalError'
  | 'lostResponse'
  | 'duplicate'
  | 'slow'
  | 'staleIndex';

export interface EngineAnswer {
  status: number;
  /** Of the engine; absent where the body is not, or no longer, the engine's. */
  headers?: IncomingHttpHeaders;
  body: Buffer;
}

/** Lets the engine do what the body says. */
type Send = (body: Buffer) => Promise<EngineAnswer>;

interface Statement {
  Statement: string;
}

/** What becomes of a statement or a transaction's item instead of what the engine says. */
interface Reason {
  kind: FaultKind;
  code: string;
  isDone: boolean;
}

/** In DynamoDB's words. */
const messages: Record<string, string> = {
  ThrottlingError:
    'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or ' +
    'index so please try again shortly. If exceptions persist, check if you have a hot key.',
  ProvisionedThroughputExceeded:
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning ' +
    'level with the UpdateTable API.',
  TransactionConflict: 'Transaction is ongoing for the item',
  InternalServerError: 'Internal server error',
};
const throttled = ['ThrottlingError', 'ProvisionedThroughputExceeded'] as const;
const exceptions = {
  ThrottlingError: 'ThrottlingException',
  ProvisionedThroughputExceeded: 'ProvisionedThroughputExceededException',
};

export const jsonAnswer = (status: number, document: object): EngineAnswer => ({
  status,
  body: Buffer.from(JSON.stringify(document)),
});

const failure = (status: number, type: string, fields: object): EngineAnswer =>
  jsonAnswer(status, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, ...fields });

const isRead = (operation: string): boolean => /^(?:BatchGet|Describe|Get|List|Query|Scan|TransactGet)/.test(operation);

/** Does to calls what is set, each time by a new draw. */
export class Harm {
  faults: StoreFaults = {};
  /** How often each was really done: to a call, or to a statement of a batch. */
  readonly counts: Record<FaultKind, number> = {
    throttle: 0,
    conflict: 0,
    internalError: 0,
    lostResponse: 0,
    duplicate: 0,
    slow: 0,
    staleIndex: 0,
  };
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** What the caller hears; undefined: its connection is to be cut. */
  async do(operation: string, body: Buffer, send: Send): Promise<EngineAnswer | undefined> {
    const { slow } = this.faults;
    if (!slow || !this.#draws(slow.share)) return await this.#hurt(operation, body, send);
    this.counts.slow += 1;
    const ms = this.#random() * slow.ms;
    const isBefore = this.#draws(0.5);
    if (isBefore) await sleep(ms);
    const answer = await this.#hurt(operation, body, send);
    if (!isBefore) await sleep(ms);
    return answer;
  }

  #draws(share = 0): boolean {
    return share > 0 && this.#random() < share;
  }

  #oneOf<Of>(list: readonly Of[]): Of {
    return list[Math.floor(this.#random() * list.length)] as Of;
  }

  async #hurt(operation: string, body: Buffer, send: Send): Promise<EngineAnswer | undefined> {
    const { throttle, conflict, internalError } = this.faults;
    if (operation === 'BatchExecuteStatement') {
      return throttle || conflict || internalError ? await this.#batch(body, send) : await this.#deliver(body, send);
    }
    if (this.#draws(throttle)) {
      this.counts.throttle += 1;
      const code = this.#oneOf(throttled);
      if (operation === 'TransactWriteItems' && this.#draws(0.5)) return this.#cancelled(body, code);
      return failure(400, exceptions[code], { message: messages[code] });
    }
    if (/^Transact(?:Write|Get)Items$/.test(operation) && this.#draws(conflict)) {
      this.counts.conflict += 1;
      return this.#cancelled(body, 'TransactionConflict');
    }
    if (this.#draws(internalError)) {
      if (!isRead(operation) && this.#draws(0.5)) await send(body);
      this.counts.internalError += 1;
      return failure(500, 'InternalServerError', { message: messages.InternalServerError });
    }
    return await this.#deliver(body, send);
  }

  async #deliver(body: Buffer, send: Send): Promise<EngineAnswer | undefined> {
    const { duplicate, lostResponse } = this.faults;
    const [isTwice, isLost] = [this.#draws(duplicate), this.#draws(lostResponse)];
    let answer = await send(body);
    if (isTwice) {
      this.counts.duplicate += 1;
      const second = send(body);
      // What is under way ends with its caller's connection.
      if (isLost || this.#draws(0.5)) answer = await second;
      else second.catch(() => {});
    }
    if (!isLost) return answer;
    this.counts.lostResponse += 1;
    return undefined;
  }

  /** Statements that are refused do not reach the engine; the others do, and are answered in their positions. */
  async #batch(body: Buffer, send: Send): Promise<EngineAnswer | undefined> {
    const request = JSON.parse(body.toString()) as { Statements?: Statement[] };
    const { Statements: statements = [] } = request;
    const reasons = statements.map(() => this.#reason());
    if (reasons.every((reason) => reason === undefined)) return await this.#deliver(body, send);
    const sent = statements.filter((_, position) => reasons[position]?.isDone ?? true);
    let done: object[] = [];
    if (sent.length > 0) {
      const all = sent.length === statements.length;
      const answer = await this.#deliver(
        all ? body : Buffer.from(JSON.stringify({ ...request, Statements: sent })),
        send,
      );
      if (answer?.status !== 200) return answer;
      done = (JSON.parse(answer.body.toString()) as { Responses?: object[] }).Responses ?? [];
      if (done.length !== sent.length) return answer;
    }
    const Responses = reasons.map((reason, position) => {
      const answer = (reason?.isDone ?? true) ? done.shift() : undefined;
      if (reason === undefined) return answer;
      this.counts[reason.kind] += 1;
      const TableName = tableOf(statements[position]?.Statement ?? '');
      return {
        Error: { Code: reason.code, Message: messages[reason.code] },
        ...(TableName === undefined ? {} : { TableName }),
      };
    });
    return jsonAnswer(200, { Responses });
  }

  #reason(): Reason | undefined {
    const { throttle, conflict, internalError } = this.faults;
    if (this.#draws(throttle)) return { kind: 'throttle', code: this.#oneOf(throttled), isDone: false };
    if (this.#draws(conflict)) return { kind: 'conflict', code: 'TransactionConflict', isDone: false };
    if (this.#draws(internalError)) {
      return { kind: 'internalError', code: 'InternalServerError', isDone: this.#draws(0.5) };
    }
    return undefined;
  }

  /** A transaction of which at least one item is to blame, and nothing is done. */
  #cancelled(body: Buffer, code: string): EngineAnswer {
    const { TransactItems: items = [] } = JSON.parse(body.toString()) as { TransactItems?: object[] };
    const blamed = Math.floor(this.#random() * items.length);
    const CancellationReasons = items.map((_, position) =>
      position === blamed || this.#draws(0.25) ? { Code: code, Message: messages[code] } : { Code: 'None' },
    );
    const codes = CancellationReasons.map(({ Code }) => Code).join(', ');
    return failure(400, 'TransactionCanceledException', {
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      CancellationReasons,
    });
  }
}
