import { codeSubject, type Heard } from '@fcode/events';
import type { Family } from '../check.ts';
import { after, orderName } from '../names.ts';

type OrderRef = Heard<'code.held'>['data']['order'];

/** A code as its item has it. */
interface LifeState {
  status: 'untouched' | 'free' | 'held' | 'redeemed';
  turns: number;
  hold?: { order: OrderRef };
  redemption?: { order: OrderRef; redemptionId: string };
}

/** A code as told, or as it stands. */
interface Told {
  status: LifeState['status'];
  order?: string | undefined;
  /** Holds and one-step redemptions so far. */
  turns: number;
  redemptionId?: string | undefined;
}

interface Life {
  /** At which sequence the item was read, and what it said; nothing when it was not there yet. */
  seq?: number;
  inTable?: Told;
  /** As told up to then. */
  toldThen?: Told;
  /** As told since. */
  told: Told;
  holdId?: string | undefined;
  holdUntil?: number | undefined;
  /** A hold that was ended because it had expired: what follows at once says why. */
  ending?: { order: string; holdUntil: number; at: number; sequence: number } | undefined;
}

/** Somebody else may take an expired hold only this long after it ended. */
const graceMs = 5000;

const untouched: Told = { status: 'untouched', turns: 0 };

/** Hold and redemption ids name their code and its turn, so no two are the same. */
const turnId = (kind: 'hold' | 'rdm', { batch, index }: { batch: number; index: number }, turn: number): string =>
  `${kind}_${batch.toString(36)}_${index.toString(36)}_${turn.toString(36)}`;

/** A hold is over when somebody takes its code, and not before: the two are told together. */
const wasLeft = (order: string): string => `has a hold by ${order} that ended as expired, and nobody took the code`;

type Step = Heard<'code.held' | 'code.released' | 'code.redeemed' | 'code.hold_lost'>;

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
    const { told, ending } = life;
    const { type, data } = event;
    const order = orderName(data.order);
    const by = `${type} by ${order}`;
    if (ending) {
      const isNext = event.sequence === ending.sequence + 1;
      const isTaken = type === 'code.held' || type === 'code.redeemed';
      const isGone = type === 'code.hold_lost' && data.cause === 'buyer_limit' && order === ending.order;
      if (!isNext || !(isTaken || isGone)) return wasLeft(ending.order);
      const over = ending.holdUntil + (order === ending.order ? 0 : graceMs);
      if (isTaken && ending.at < over)
        return `was taken by ${order} ${over - ending.at} ms before the hold by ${ending.order} was over`;
    }
    if (type === 'code.hold_lost') return undefined;
    if (told.status === 'redeemed') return `is redeemed by ${told.order}, and then ${by}`;
    const isHeld = told.status === 'held';
    if (isHeld && told.order !== order) return `is held by ${told.order}, and then ${by}`;
    switch (type) {
      case 'code.held':
        if (isHeld) return `is held by ${told.order}, and then ${by} again`;
        return data.holdId === turnId('hold', data, told.turns + 1)
          ? undefined
          : `has hold ${data.holdId} as turn ${told.turns + 1}`;
      case 'code.released':
        if (!isHeld) return `is not held, and then ${by}`;
        return data.holdId === life.holdId ? undefined : `is held by ${life.holdId}, and ${data.holdId} was released`;
      case 'code.redeemed': {
        if (data.holdId !== undefined && !isHeld) return `is not held, and then ${by} by hold ${data.holdId}`;
        if (isHeld && data.holdId !== life.holdId)
          return `is held by ${life.holdId}, and then ${by} by ${data.holdId ?? 'no hold'}`;
        const turn = isHeld ? told.turns : told.turns + 1;
        return data.redemptionId === turnId('rdm', data, turn)
          ? undefined
          : `has redemption ${data.redemptionId} as turn ${turn}`;
      }
    }
  };

  const fold = (life: Life, { type, data, sequence }: Step): void => {
    const order = orderName(data.order);
    const { turns } = life.told;
    const { holdUntil = 0 } = life;
    life.ending = undefined;
    switch (type) {
      case 'code.held':
        life.told = { status: 'held', order, turns: turns + 1 };
        life.holdId = data.holdId;
        life.holdUntil = Date.parse(data.holdUntil);
        return;
      case 'code.released':
        life.told = { status: 'free', turns };
        life.holdId = undefined;
        if (data.cause === 'expired') life.ending = { order, holdUntil, at: Date.parse(data.releasedAt), sequence };
        return;
      case 'code.redeemed':
        life.told = {
          status: 'redeemed',
          order,
          turns: data.holdId === undefined ? turns + 1 : turns,
          redemptionId: data.redemptionId,
        };
        return;
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
    if (inTable.status !== told.status) {
      const eventless = inTable.redemptionId === undefined ? '' : `: redemption ${inTable.redemptionId} has no event`;
      finding.differs(code, `${code} is ${inTable.status} in the table and ${told.status} by the log${eventless}`);
    } else if (inTable.order !== told.order) {
      finding.differs(
        code,
        `${code} has another owner in the log (${told.order}) than in the table (${inTable.order})`,
      );
    } else if (inTable.redemptionId !== told.redemptionId) {
      finding.differs(
        code,
        `${code} is redemption ${inTable.redemptionId} in the table and ${told.redemptionId} by the log`,
      );
    } else if (inTable.turns !== told.turns) {
      finding.differs(
        code,
        `${code} has been taken ${inTable.turns} times in the table and ${told.turns} times by the log`,
      );
    }
  };

  return {
    items: {
      redemption: ({ pk, sk, seq, state }) => {
        if (sk !== 'life') return;
        const { status, turns, hold, redemption } = state as unknown as LifeState;
        const owner = hold ?? redemption;
        const order = owner && orderName(owner.order);
        const inTable = { status, turns, order, redemptionId: redemption?.redemptionId };
        codes.set(pk, { seq, inTable, told: untouched });
      },
      issuance: ({ pk, state }) => {
        const { batch, size } = state as { batch?: number; size?: number };
        if (pk.startsWith('batches/') && batch !== undefined && size !== undefined) sizes.set(batch, size);
      },
    },
    events: { 'code.held': onStep, 'code.released': onStep, 'code.redeemed': onStep, 'code.hold_lost': onStep },
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
