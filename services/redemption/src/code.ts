import type { CodeRef } from '@fcode/codes';
import type { Ref } from '@fcode/dynamo';
import { type AnyFact, type CodeHeld, type CodeRedeemed, codeSubject, type OrderRef } from '@fcode/events';

/** A hold that ended without a purchase; kept, so that its order gets the right answer however late it asks. */
export interface PastHold {
  holdId: string;
  order: OrderRef;
  ended: 'released' | 'expired';
  endedAt: string;
  /** Its order has been told that a payment came too late, and so have ops. */
  lost?: boolean;
}

interface Touched {
  /** Holds and one-step redemptions so far; numbers the next one. */
  turns: number;
  past: PastHold[];
}

/** The life of a code from first touch. A code that nobody touched has no item, and costs nothing. */
export type Code =
  | ({ status: 'untouched' } & Touched)
  | ({ status: 'free' } & Touched)
  | ({ status: 'held'; hold: CodeHeld['data'] } & Touched)
  | ({ status: 'redeemed'; redemption: CodeRedeemed['data'] } & Touched);

const untouched: Code = { status: 'untouched', turns: 0, past: [] };
const pastKept = 24;

export const evolve = (code: Code, fact: { type: string; data: unknown }): Code => {
  const { turns, past } = code;
  const { type, data } = fact as AnyFact;
  switch (type) {
    case 'code.held':
      return { status: 'held', hold: data, turns: turns + 1, past };
    case 'code.released': {
      const { holdId, order, cause, releasedAt } = data;
      const ended: PastHold = { holdId, order, ended: cause, endedAt: releasedAt };
      return { status: 'free', turns, past: [...past, ended].slice(-pastKept) };
    }
    case 'code.redeemed':
      return { status: 'redeemed', redemption: data, turns: data.holdId === undefined ? turns + 1 : turns, past };
    case 'code.hold_lost':
      // A hold that lost its buyer's slot goes with it: the code is free for others.
      return { ...code, past: past.map((hold) => (hold.holdId === data.holdId ? { ...hold, lost: true } : hold)) };
    default:
      return code;
  }
};

export const codeRef = (code: CodeRef): Ref<Code> => ({
  pk: codeSubject(code),
  sk: 'life',
  initial: untouched,
  evolve,
});

/** Somebody else may take an expired hold only this long after it ended: its owner's confirm may be on the way. */
export const graceMs = 5000;

export const isOver = (holdUntil: string, at: number): boolean => at >= Date.parse(holdUntil);
export const isTakeable = (holdUntil: string, at: number): boolean => at >= Date.parse(holdUntil) + graceMs;

export const sameOrder = (a: OrderRef, b: OrderRef): boolean => a.shop === b.shop && a.orderId === b.orderId;

/** Ids say which code and which turn of it they are about, so that a hold is found without an index. */
export const turnId = (kind: 'hold' | 'rdm', { batch, index }: CodeRef, turn: number): string =>
  `${kind}_${batch.toString(36)}_${index.toString(36)}_${turn.toString(36)}`;

export const holdIdForm = /^hold_([0-9a-z]{1,4})_([0-9a-z]{1,6})_([0-9a-z]{1,6})$/;

export const codeOfHold = (holdId: string): CodeRef | undefined => {
  const match = holdIdForm.exec(holdId);
  return match
    ? { batch: Number.parseInt(match[1] as string, 36), index: Number.parseInt(match[2] as string, 36) }
    : undefined;
};
