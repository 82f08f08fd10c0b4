import type { Ref, Request } from '@fcode/dynamo';
import { again, type Decision, type Fact, refuse } from '@fcode/policy';

/** The first answer to a request that makes something new, found by its Idempotency-Key: the new thing's id is not known to a retry. */
export interface FirstAnswer {
  fingerprint?: string;
  receipt?: unknown;
}

export const firstAnswerRef = (key: string): Ref<FirstAnswer> => ({
  pk: `request/${key}`,
  sk: 'answer',
  initial: {},
  evolve: (state, fact) => (fact.type === 'request.answered' ? (fact.data as FirstAnswer) : state),
});

export const answered = (request: Request, receipt: unknown): Fact => ({
  type: 'request.answered',
  data: { fingerprint: request.idempotency?.fingerprint, receipt },
});

/** What a retry gets; undefined when this is no retry. */
export const answerBefore = <Receipt>(
  first: FirstAnswer,
  request: Request,
): Decision<Receipt, 'idempotency_key_reused'> | undefined => {
  if (first.fingerprint === undefined) return undefined;
  if (first.fingerprint !== request.idempotency?.fingerprint) return refuse('idempotency_key_reused');
  return again(first.receipt as Receipt);
};
