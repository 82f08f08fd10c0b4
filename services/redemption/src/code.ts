import { BATCHES, type CodeRef, INDEXES } from '@fcode/codes';
import type { Ref } from '@fcode/dynamo';
import { type AnyFact, type CodeHeld, type CodeRedeemed, codeSubject, type OrderRef } from '@fcode/events';

/** A hold that ended without a purchase; kept, so that its order gets the right answer however late it asks. */
export interface PastHold {
  holdId: string;
  order: OrderRef;
  ended: 'released' | 'expired' | 'revoked';
  endedAt: string;
  /** Its order has been told that a payment came too late, and so have ops. */
  lost?: boolean;
}

/** A purchase that was cancelled; kept for the same reason. */
export interface PastOrder {
  redemptionId: string;
  holdId?: string;
  order: OrderRef;
  cancelledAt: string;
}

export type Hold = CodeHeld['data'] & { extendedAt?: string };

/** What came back of a purchase, in minor units. */
export interface Refunds {
  paid: number;
  currency: string;
  /** Of all returns together. */
  refunded: number;
  returns: { returnId: string; amount: number; refundedAt: string }[];
}

export type Redemption = CodeRedeemed['data'] & { refunds?: Refunds };

/** A code on its way from a fan to a friend, and with the friend, until it is used or the window ends. */
export interface Pass {
  transferId: string;
  from: string;
  /** Once it is accepted. */
  to?: string;
  offeredAt: string;
  until: string;
  withdrawnAt?: string;
  /** With whom it was when it was offered: who gave it has it again when nothing comes of it. */
  under?: Pass;
}

interface Touched {
  /** Holds and one-step redemptions so far; numbers the next one. */
  turns: number;
  past: PastHold[];
  /** Absent while there are none. */
  cancelled?: PastOrder[];
  /** How often it was offered. */
  offers?: number;
  /** The newest one. */
  pass?: Pass;
}

/** The life of a code from first touch. A code that nobody touched has no item, and costs nothing. */
export type Code =
  | ({ status: 'untouched' } & Touched)
  | ({ status: 'free' } & Touched)
  | ({ status: 'held'; hold: Hold } & Touched)
  | ({ status: 'redeemed'; redemption: Redemption } & Touched)
  | ({ status: 'revoked'; revokedAt: string } & Touched);

const untouched: Code = { status: 'untouched', turns: 0, past: [] };
const pastKept = 24;
const cancelledKept = 8;

export const evolve = (code: Code, fact: { type: string; data: unknown }): Code => {
  const { past, turns, cancelled } = code;
  const touched = touchedOf(code);
  const { type, data } = fact as AnyFact;
  switch (type) {
    case 'code.held':
      return { ...touched, status: 'held', hold: data, turns: turns + 1 };
    case 'code.hold_extended': {
      if (code.status !== 'held') return code;
      const { holdUntil, extendedAt } = data;
      return { ...code, hold: { ...code.hold, holdUntil, extendedAt } };
    }
    case 'code.released': {
      const { holdId, order, cause, releasedAt } = data;
      // By whichever of its ids an order gives the code back: none of them speaks for it any more.
      const isGivenBack = (hold: PastHold) => cause === 'released' && sameOrder(hold.order, order) && cameBack(hold);
      const left = past.map((hold) => (isGivenBack(hold) ? { ...hold, ended: cause, endedAt: releasedAt } : hold));
      return { ...touched, status: 'free', past: ended(left, { holdId, order, ended: cause, endedAt: releasedAt }) };
    }
    case 'code.redeemed':
      return {
        ...touched,
        status: 'redeemed',
        redemption: data,
        turns: data.holdId === undefined ? turns + 1 : turns,
      };
    case 'code.refunded': {
      if (code.status !== 'redeemed') return code;
      const { returnId, refunded, paid, currency, refundedAt } = data;
      const { refunds } = code.redemption;
      const amount = refunded - (refunds?.refunded ?? 0);
      const returns = [...(refunds?.returns ?? []), { returnId, amount, refundedAt }];
      return { ...code, redemption: { ...code.redemption, refunds: { paid, currency, refunded, returns } } };
    }
    case 'code.cancelled': {
      const { redemptionId, order, cancelledAt } = data;
      const holdId = code.status === 'redeemed' ? code.redemption.holdId : undefined;
      const mine: PastOrder = { redemptionId, order, cancelledAt, ...(holdId === undefined ? {} : { holdId }) };
      return { ...touched, status: 'free', cancelled: [...(cancelled ?? []), mine].slice(-cancelledKept) };
    }
    case 'code.revoked': {
      const { hold, revokedAt } = data;
      const left = hold && { holdId: hold.holdId, order: hold.order, ended: 'revoked' as const, endedAt: revokedAt };
      return { ...touched, status: 'revoked', revokedAt, past: left ? ended(past, left) : past };
    }
    case 'code.offered': {
      const { transferId, from, offeredAt, until } = data;
      const under = passAt(code, Date.parse(offeredAt));
      const pass: Pass = { transferId, from, offeredAt, until, ...(under === undefined ? {} : { under }) };
      const isFirst = code.status === 'untouched';
      return { ...(isFirst ? { ...touched, status: 'free' } : code), offers: (code.offers ?? 0) + 1, pass };
    }
    case 'code.accepted':
      return code.pass ? { ...code, pass: { ...code.pass, to: data.to } } : code;
    case 'code.withdrawn':
      return code.pass ? { ...code, pass: { ...code.pass, withdrawnAt: data.withdrawnAt } } : code;
    case 'code.hold_lost': {
      const { holdId, order, lostAt } = data;
      const owner = ownerOf(code);
      // What still speaks for a hold or a purchase that its order has is not lost with another id.
      const isKept = (hold: PastHold) =>
        hold.holdId !== holdId && owner !== undefined && sameOrder(owner.order, order) && cameBack(hold);
      const told = past.map((hold) => (sameOrder(hold.order, order) && !isKept(hold) ? { ...hold, lost: true } : hold));
      // A hold of so long ago that it is not kept any more: kept again, so that its order is told once.
      const isKnown = past.some((hold) => hold.holdId === holdId && sameOrder(hold.order, order));
      const again: PastHold = { holdId, order, ended: 'expired', endedAt: lostAt, lost: true };
      return { ...code, past: isKnown ? told : ended(told, again) };
    }
    default:
      return code;
  }
};

const touchedOf = ({ turns, past, cancelled, offers, pass }: Touched): Touched => ({
  turns,
  past,
  ...(cancelled === undefined ? {} : { cancelled }),
  ...(offers === undefined ? {} : { offers }),
  ...(pass === undefined ? {} : { pass }),
});

/** Whether it still speaks for a later hold of its order: it ran out, and nobody was told of a loss. */
const cameBack = ({ ended, lost }: PastHold): boolean => ended === 'expired' && !lost;

/** With one more, each id once; that its order was told of a loss stays so. */
const ended = (past: PastHold[], hold: PastHold): PastHold[] => {
  const before = past.find((one) => one.holdId === hold.holdId && sameOrder(one.order, hold.order));
  return [...past.filter((one) => one !== before), { ...hold, ...(before?.lost ? { lost: true } : {}) }].slice(
    -pastKept,
  );
};

/**
 * What an order's hold id is to a code: `isMine` tells an owner that is this order by this hold, `past` is the hold once it
 * has ended, `cancelled` its purchase once that is cancelled. An order that came back for its code after its hold had
 * expired has it still, by its first hold id as by the next.
 */
export const holdOf = (code: Code, holdId: string, order: OrderRef) => {
  const past = code.past.find((hold) => hold.holdId === holdId && sameOrder(hold.order, order));
  const mayHaveCome = past !== undefined && cameBack(past);
  const isMine = (owner: { order: OrderRef; holdId?: string | undefined }) =>
    sameOrder(owner.order, order) && (owner.holdId === holdId || mayHaveCome);
  return { past, isMine, cancelled: code.cancelled?.findLast(isMine) };
};

/** Whether a hold id is of a turn from which this code keeps nothing any more: whose it was cannot be told. */
export const isForgotten = ({ past }: Code, holdId: string): boolean => {
  const oldest = past.length < pastKept ? undefined : turnOf((past[0] as PastHold).holdId);
  return oldest !== undefined && turnOf(holdId) < oldest;
};

/** The order that holds or owns the code, and its buyer. */
export const ownerOf = (code: Code): { order: OrderRef; buyer: string; day?: string | undefined } | undefined => {
  if (code.status === 'held') return code.hold;
  return code.status === 'redeemed' ? code.redemption : undefined;
};

/** How the code is being passed on at an instant; undefined once every window has ended: then it is the fan's again. */
export const passAt = ({ pass }: { pass?: Pass }, at: number): Pass | undefined => {
  if (!pass) return undefined;
  const isLive = pass.withdrawnAt === undefined && !isOver(pass.until, at);
  return isLive ? pass : passAt(pass.under ? { pass: pass.under } : {}, at);
};

/** Through how many hands it went to whom it is with. */
export const handsOf = (pass: Pass | undefined, at: number): number =>
  pass ? (pass.to === undefined ? 0 : 1) + handsOf(passAt(pass.under ? { pass: pass.under } : {}, at), at) : 0;

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

/** Ids say which code and which turn of it they are about, so that it is found without an index. */
export const turnId = (kind: 'hold' | 'rdm' | 'tr', { batch, index }: CodeRef, turn: number): string =>
  `${kind}_${batch.toString(36)}_${index.toString(36)}_${turn.toString(36)}`;

export const holdIdForm = /^hold_([0-9a-z]{1,4})_([0-9a-z]{1,6})_([0-9a-z]{1,6})$/;
export const redemptionIdForm = /^rdm_([0-9a-z]{1,4})_([0-9a-z]{1,6})_([0-9a-z]{1,6})$/;
export const transferIdForm = /^tr_([0-9a-z]{1,4})_([0-9a-z]{1,6})_([0-9a-z]{1,6})$/;
const anyForm = /^[a-z]+_([0-9a-z]{1,4})_([0-9a-z]{1,6})_([0-9a-z]{1,6})$/;

const turnOf = (id: string): number => Number.parseInt(anyForm.exec(id)?.[3] ?? '', 36);

/** The code that the id of a hold, a redemption or a transfer is about; undefined when no code can be. */
export const codeOfTurn = (id: string): CodeRef | undefined => {
  const match = anyForm.exec(id);
  if (!match) return undefined;
  const code = { batch: Number.parseInt(match[1] as string, 36), index: Number.parseInt(match[2] as string, 36) };
  return code.batch < BATCHES && code.index < INDEXES ? code : undefined;
};
