import { randomUUID } from 'node:crypto';
import { FcodeProblem } from '@fcode/client';
import { Option } from 'commander';
import { Advice, adviceOn } from './advice.ts';

export const onceOption = (): Option =>
  new Option('--idempotency-key <key>', 'names this wish: sent again with the same key, it happens once');

/**
 * Sends what would happen twice if it were sent twice. Where nobody knows whether it happened, the advice names the key to
 * send it again with.
 */
export const sendOnce = async <Answer>(
  { idempotencyKey = randomUUID() }: { idempotencyKey?: string },
  send: (request: { idempotencyKey: string }) => Promise<Answer>,
): Promise<Answer> => {
  return orAgain(send({ idempotencyKey }), `send the same with --idempotency-key ${idempotencyKey}`);
};

/** What was asked for. Where nobody knows whether it happened, `again` says how to ask for it once more. */
export const orAgain = async <Answer>(asked: Promise<Answer>, again: string): Promise<Answer> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof FcodeProblem ? error.status < 500 : isBeforeSending(error)) throw error;
    throw new Advice(`${adviceOn(error, 'The system')} It may have happened: ${again}`);
  }
};

const isBeforeSending = (error: unknown): boolean =>
  error instanceof Advice || (error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED';
