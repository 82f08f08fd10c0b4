/**
 * What became of one write.
 * - `done`: it happened;
 * - `lost`: its guard failed, it did not happen, somebody else was first;
 * - `later`: it did not happen and may be tried again as it is (throttled, in conflict);
 * - `unknown`: it may have happened; only reading tells.
 */
export type Outcome = 'done' | 'lost' | 'later' | 'unknown';

const guardCodes = new Set(['ConditionalCheckFailed', 'DuplicateItem']);
const laterCodes = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'Throttling',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

/** Of one statement in a batch, or one item in a cancelled transaction. Throws when the statement itself is wrong. */
export const outcomeOfCode = (code: string | undefined, message: string | undefined): Outcome => {
  if (code === undefined || code === 'None') return 'done';
  if (guardCodes.has(code)) return 'lost';
  if (laterCodes.has(code)) return 'later';
  if (code === 'InternalServerError') return 'unknown';
  throw new Error(`the store refused a statement: ${code}: ${message}`);
};

const laterErrors = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'LimitExceededException',
]);
/** Errors of the request before it left: the store never saw it. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/** Of a whole request that failed. Rethrows what is a bug or a misconfiguration. */
export const outcomeOfError = (error: unknown): Outcome => {
  const { name, code, $fault, $metadata } = error as {
    name?: string;
    code?: string;
    $fault?: string;
    $metadata?: { httpStatusCode?: number };
  };
  if (name !== undefined && laterErrors.has(name)) return 'later';
  if (code !== undefined && neverSent.has(code)) return 'later';
  const status = $metadata?.httpStatusCode;
  if ($fault === 'client' && status !== undefined && status >= 400 && status < 500) throw error;
  return 'unknown';
};
