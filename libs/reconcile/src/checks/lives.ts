import { codeSubject, type Heard } from '@fcode/events';
import type { Family } from '../check.ts';
import { after, orderName, turnId } from '../names.ts';

type OrderRef = Heard<'code.held'>['data']['order'];
type Status = 'untouched' | 'free' | 'held' | 'redeemed' | 'revoked';

/** A code as its item has it. */
interface LifeState {
  status: Status;
  turns: number;
  hold?: { order: OrderRef; holdUntil: string };
  redemption?: { order: OrderRef; redemptionId: string; refunds?: { refunded: number } };
  cancelled?: { redemptionId: string }[];
}

/** A code as told, or as it stands. */
interface Told {
  status: Status;
  order?: string | undefined;
  /** Holds and one-step redemptions so far, of all its purchases. */
  turns: number;
  holdUntil?: string | undefined;
  redemptionId?: string | undefined;
  /** All that came back of the purchase, in minor units. */
  refunded?: number | undefined;
  /** The last purchase that was cancelled. */
  cancelled?: string | undefined;
}

interface Life {
  /** At which sequence the item was read, and what it said; nothing when it was not there yet. */
  seq?: number;
  inTable?: Told;
  /** As told up to then. */
  toldThen?: Told;
  /** As told since. */
  told: Told;
  /** While it is held. */
  hold?: { holdId: string; isExtended: boolean } | undefined;
  /** While it is redeemed, and something came back. */
  refunds?: { paid: number; currency: string; returns: string[] } | undefined;
  /** A hold that was ended because it had expired: what follows at once says why. */
  ending?: { order: string; holdUntil: number; at: number; sequence: number } | undefined;
}

/** Somebody else may take an expired hold only this long after it ended. */
const graceMs = 5000;

const untouched: Told = { status: 'untouched', turns: 0 };

/** A hold is over when somebody takes its code, and not before: the two are told together. */
const wasLeft = (order: string): string => `has a hold by ${order} that ended as expired, and nobody took the code`;

type Step = Heard<
  | 'code.offered'
  | 'code.accepted'
  | 'code.withdrawn'
  | 'code.held'
  | 'code.hold_extended'
  | 'code.released'
  | 'code.redeemed'
  | 'code.refunded'
  | 'code.cancelled'
  | 'code.revoked'
  | 'code.hold_lost'
>;

/**
 * What may follow while a code is so, besides that a paid order lost its hold, which may be told at any time. An offer that is
 * over by one clock, so that somebody took the code, may be answered by another: whether it may, transfers judge.
 */
const followers: Record<Status, readonly Step['type'][]> = {
  untouched: ['code.offered', 'code.held', 'code.redeemed', 'code.revoked'],
  free: ['code.offered', 'code.accepted', 'code.withdrawn', 'code.held', 'code.redeemed', 'code.revoked'],
  held: ['code.accepted', 'code.withdrawn', 'code.hold_extended', 'code.released', 'code.redeemed', 'code.revoked'],
  redeemed: ['code.accepted', 'code.withdrawn', 'code.refunded', 'code.cancelled'],
  revoked: ['code.withdrawn'],
};

/** How a code is passed on is nothing that its order does. */
const isPassing = (event: Step): event is Heard<'code.offered' | 'code.accepted' | 'code.withdrawn'> =>
  event.type === 'code.offered' || event.type === 'code.accepted' || event.type === 'code.withdrawn';

/** What table and log must say alike of a code, and how it is said when they do not. */
const alike: { of: keyof Told; says: (inTable: Told, told: Told) => string }[] = [
  {
    of: 'status',
    says: ({ status, redemptionId }, told) => {
      const eventless = redemptionId === undefined ? '' : `: redemption ${redemptionId} has no event`;
      return `is ${status} in the table and ${told.status} by the log${eventless}`;
    },
  },
  {
    of: 'order',
    says: (inTable, told) => `has another owner in the log (${told.order}) than in the table (${inTable.order})`,
  },
  {
    of: 'redemptionId',
    says: (inTable, told) => `is redemption ${inTable.redemptionId} in the table and ${told.redemptionId} by the log`,
  },
  {
    of: 'turns',
    says: (inTable, told) => `has been taken ${inTable.turns} times in the table and ${told.turns} times by the log`,
  },
  {
    of: 'holdUntil',
    says: (inTable, told) => `is held until ${inTable.holdUntil} in the table and ${told.holdUntil} by the log`,
  },
  {
    of: 'refunded',
    says: (inTable, told) => `gave back ${inTable.refunded ?? 0} in the table and ${told.refunded ?? 0} by the log`,
  },
  {
    of: 'cancelled',
    says: (inTable, told) =>
      `had ${inTable.cancelled ?? 'nothing'} cancelled last in the table and ${told.cancelled ?? 'nothing'} by the log`,
  },
];

/** The order that an event is about: of a revocation, the one whose hold it ends. */
const orderIn = (event: Step): string | undefined => {
  if (isPassing(event)) return undefined;
  if (event.type !== 'code.revoked') return orderName(event.data.order);
  return event.data.hold && orderName(event.data.hold.order);
};

export const lives: Family = (open) => {
  const finding = open('lives', 'one order at a time owns a code, and the log tells what the table says');
  const issued = open('issued', 'a code that somebody touched was issued');
  const codes = new Map<string, Life>();
  const sizes = new Map<number, number>();

  const lifeOf = (code: string): Life => {
    const known = codes.get(code);
    if (known) return known;
    const life: Life = { told: untouched };
    codes.set(code, life);
    return life;
  };

  /** Why what the event tells could not happen; undefined when it could. */
  const whyUnlawful = (life: Life, event: Step): string | undefined => {
    const { told, hold, refunds, ending } = life;
    const { type, data } = event;
    const order = orderIn(event);
    const by = order === undefined ? type : `${type} by ${order}`;
    if (ending) {
      const isNext = event.sequence === ending.sequence + 1;
      const isTaken = type === 'code.held' || type === 'code.redeemed';
      const isGone = type === 'code.hold_lost' && data.cause.endsWith('_limit') && order === ending.order;
      if (!isNext || !(isTaken || isGone)) return wasLeft(ending.order);
      const over = ending.holdUntil + (order === ending.order ? 0 : graceMs);
      if (isTaken && ending.at < over)
        return `was taken by ${order} ${over - ending.at} ms before the hold by ${ending.order} was over`;
    }
    if (type === 'code.hold_lost') return undefined;
    const is = told.order === undefined ? told.status : `${told.status} by ${told.order}`;
    if (!followers[told.status].includes(type)) return `is ${is}, and then ${by}`;
    // Whoever has the code is who it goes on with; a revocation names whose hold it ends, and nobody where there is none.
    const isAbout = !isPassing(event) && (told.order !== undefined || type === 'code.revoked');
    if (isAbout && order !== told.order) return `is ${is}, and then ${by}`;
    switch (type) {
      case 'code.offered':
      case 'code.accepted':
      case 'code.withdrawn':
        return undefined;
      case 'code.held':
        return data.holdId === turnId('hold', data, told.turns + 1)
          ? undefined
          : `has hold ${data.holdId} as turn ${told.turns + 1}`;
      case 'code.hold_extended':
        if (data.holdId !== hold?.holdId) return `is held by ${hold?.holdId}, and ${data.holdId} was extended`;
        if (hold.isExtended) return `has hold ${data.holdId}, which was extended twice`;
        return data.holdUntil > data.extendedAt
          ? undefined
          : `has hold ${data.holdId}, which was extended at ${data.extendedAt} to ${data.holdUntil}`;
      case 'code.released':
        return data.holdId === hold?.holdId ? undefined : `is held by ${hold?.holdId}, and ${data.holdId} was released`;
      case 'code.redeemed': {
        if (data.holdId !== undefined && !hold) return `is ${is}, and then ${by} by hold ${data.holdId}`;
        if (data.holdId !== hold?.holdId)
          return `is held by ${hold?.holdId}, and then ${by} by ${data.holdId ?? 'no hold'}`;
        const turn = hold ? told.turns : told.turns + 1;
        return data.redemptionId === turnId('rdm', data, turn)
          ? undefined
          : `has redemption ${data.redemptionId} as turn ${turn}`;
      }
      case 'code.refunded': {
        const { redemptionId, returnId, refunded, paid, currency } = data;
        if (redemptionId !== told.redemptionId)
          return `is redemption ${told.redemptionId}, and something came back of ${redemptionId}`;
        if (refunds?.returns.includes(returnId)) return `has return ${returnId}, which was told twice`;
        if (refunds && (refunds.paid !== paid || refunds.currency !== currency))
          return `cost ${refunds.paid} ${refunds.currency}, and ${paid} ${currency} by return ${returnId}`;
        const before = told.refunded ?? 0;
        return refunded > before && refunded <= paid
          ? undefined
          : `gave back ${before} of ${paid} ${currency}, and ${refunded} with return ${returnId}`;
      }
      case 'code.cancelled':
        return data.redemptionId === told.redemptionId
          ? undefined
          : `is redemption ${told.redemptionId}, and ${data.redemptionId} was cancelled`;
      case 'code.revoked':
        return data.hold?.holdId === hold?.holdId
          ? undefined
          : `is held by ${hold?.holdId}, and ${data.hold?.holdId} was revoked`;
    }
  };

  const fold = (life: Life, { type, data, sequence }: Step): void => {
    const { turns, cancelled, holdUntil = '' } = life.told;
    const kept = { turns, cancelled };
    life.ending = undefined;
    switch (type) {
      case 'code.offered':
        life.told = { ...life.told, status: life.told.status === 'untouched' ? 'free' : life.told.status };
        return;
      case 'code.held':
        life.told = {
          ...kept,
          status: 'held',
          order: orderName(data.order),
          turns: turns + 1,
          holdUntil: data.holdUntil,
        };
        life.hold = { holdId: data.holdId, isExtended: false };
        return;
      case 'code.hold_extended':
        life.told = { ...life.told, holdUntil: data.holdUntil };
        life.hold = { holdId: data.holdId, isExtended: true };
        return;
      case 'code.released':
        life.told = { ...kept, status: 'free' };
        life.hold = undefined;
        if (data.cause === 'expired') {
          const order = orderName(data.order);
          life.ending = { order, holdUntil: Date.parse(holdUntil), at: Date.parse(data.releasedAt), sequence };
        }
        return;
      case 'code.redeemed':
        life.told = {
          ...kept,
          status: 'redeemed',
          order: orderName(data.order),
          turns: data.holdId === undefined ? turns + 1 : turns,
          redemptionId: data.redemptionId,
        };
        life.hold = undefined;
        life.refunds = undefined;
        return;
      case 'code.refunded': {
        const { refunded, paid, currency, returnId } = data;
        life.told = { ...life.told, refunded };
        life.refunds = { paid, currency, returns: [...(life.refunds?.returns ?? []), returnId] };
        return;
      }
      case 'code.cancelled':
        life.told = { ...kept, status: 'free', cancelled: data.redemptionId };
        return;
      case 'code.revoked':
        life.told = { ...kept, status: 'revoked' };
        life.hold = undefined;
        return;
      case 'code.accepted':
      case 'code.withdrawn':
      case 'code.hold_lost':
    }
  };

  const onStep = (event: Step) => {
    const code = codeSubject(event.data);
    const life = lifeOf(code);
    if (life.seq !== undefined && event.sequence > life.seq) life.toldThen ??= life.told;
    const unlawful = whyUnlawful(life, event);
    if (unlawful !== undefined) finding.differs(code, `${code} ${unlawful}`);
    fold(life, event);
  };

  const compare = (code: string, inTable: Told, told: Told) => {
    const differing = alike.find(({ of }) => inTable[of] !== told[of]);
    if (differing) finding.differs(code, `${code} ${differing.says(inTable, told)}`);
  };

  return {
    items: {
      redemption: ({ pk, sk, seq, state }) => {
        if (sk !== 'life') return;
        const { status, turns, hold, redemption, cancelled } = state as unknown as LifeState;
        const owner = hold ?? redemption;
        const inTable: Told = {
          status,
          turns,
          order: owner && orderName(owner.order),
          holdUntil: hold?.holdUntil,
          redemptionId: redemption?.redemptionId,
          refunded: redemption?.refunds?.refunded,
          cancelled: cancelled?.at(-1)?.redemptionId,
        };
        codes.set(pk, { seq, inTable, told: untouched });
      },
      issuance: ({ pk, state }) => {
        const { batch, size } = state as { batch?: number; size?: number };
        if (pk.startsWith('batches/') && batch !== undefined && size !== undefined) sizes.set(batch, size);
      },
    },
    events: {
      'code.offered': onStep,
      'code.accepted': onStep,
      'code.withdrawn': onStep,
      'code.held': onStep,
      'code.hold_extended': onStep,
      'code.released': onStep,
      'code.redeemed': onStep,
      'code.refunded': onStep,
      'code.cancelled': onStep,
      'code.revoked': onStep,
      'code.hold_lost': onStep,
    },
    conclude: () => {
      for (const [code, life] of codes) {
        finding.looked();
        if (!life.inTable) continue;
        compare(code, life.inTable, life.toldThen ?? life.told);
        const { ending, seq = 0 } = life;
        if (ending && ending.sequence <= seq) finding.differs(code, `${code} ${wasLeft(ending.order)}`);
        issued.looked();
        const [batch = 0, index = 0] = (after('code/', code) ?? '').split('.').map(Number);
        if (index >= (sizes.get(batch) ?? 0)) issued.differs(code, `${code} was touched and never issued`);
      }
    },
  };
};
