import type { Decision } from '@fcode/policy';
import type { Context } from 'hono';
import type { AppEnv } from './app.ts';
import { commonProblems, Problem, type ProblemKind } from './problem.ts';

/**
 * The receipt of a decision, or its refusal thrown as the problem that the service's table names. A first answer given
 * again is marked by a header, never in the body: the same request gets the same answer.
 */
export const receiptOf = <Receipt, Refusal extends string>(
  c: Context<AppEnv>,
  decision: Decision<Receipt, Refusal | 'idempotency_key_reused'>,
  table: Record<Refusal, ProblemKind>,
): Receipt => {
  if (decision.outcome !== 'refused') {
    if (decision.outcome === 'again') c.header('Idempotent-Replayed', 'true');
    return decision.receipt;
  }
  const { refusal, reasons } = decision;
  const kinds: Record<string, ProblemKind> = {
    ...table,
    idempotency_key_reused: commonProblems.idempotency_key_reused,
  };
  throw new Problem(refusal, kinds[refusal] as ProblemKind, { reasons });
};
