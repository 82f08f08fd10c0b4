import { BATCHES, type CodeRef, INDEXES } from '@fcode/codes';
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
    case 'code.hold_lost': {
      const { holdId, order, lostAt } = data;
      const told = past.map((hold) => (sameOrder(hold.order, order) ? { ...hold, lost: true } : hold));
      // A hold of so long ago that it is not kept any more: kept again, so that its order is told once.
      const isKept = past.some((hold) => hold.holdId === holdId && sameOrder(hold.order, order));
      const again: PastHold = { holdId, order, ended: 'expired', endedAt: lostAt, lost: true };
      return { ...code, past: isKept ? told : [...told, again].slice(-pastKept) };
    }
    default:
      return code;
  }
};

/**
 * What an order's hold id is to a code: `isMine` tells an owner that is this order by this hold, `past` is the hold once it
 * has ended. An order that came back for its code after its hold had expired has it still, by its first hold id as by the
 * next.
 */
export const holdOf = (code: Code, holdId: string, order: OrderRef) => {
  const past = code.past.find((hold) => hold.holdId === holdId && sameOrder(hold.order, order));
  const cameBack = past?.ended === 'expired' && !past.lost;
  const isMine = (owner: { order: OrderRef; holdId?: string | undefined }) =>
    sameOrder(owner.order, order) && (owner.holdId === holdId || cameBack);
  return { past, isMine };
};

/** Whether a hold id is of a turn from which this code keeps nothing any more: whose it was cannot be told. */
export const isForgotten = ({ past }: Code, holdId: string): boolean => {
  const oldest = past.length < pastKept ? undefined : turnOf((past[0] as PastHold).holdId);
  return oldest !== undefined && turnOf(holdId) < oldest;
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

const turnOf = (holdId: string): number => Number.parseInt(holdIdForm.exec(holdId)?.[3] ?? '', 36);

/** The code that a hold id is about; undefined when no code can be. */
export const codeOfHold = (holdId: string): CodeRef | undefined => {
  const match = holdIdForm.exec(holdId);
  if (!match) return undefined;
  const code = { batch: Number.parseInt(match[1] as string, 36), index: Number.parseInt(match[2] as string, 36) };
  return code.batch < BATCHES && code.index < INDEXES ? code : undefined;
};
