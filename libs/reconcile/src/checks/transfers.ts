import { codeSubject, type Heard } from '@fcode/events';
import type { Family } from '../check.ts';
import { after, turnId } from '../names.ts';

/** A code on its way from a fan to a friend, and with the friend. */
interface Pass {
  transferId: string;
  from: string;
  to?: string;
  until: string;
  withdrawnAt?: string;
  /** With whom it was when it was offered. */
  under?: Pass;
}

/** How often a code was offered, and the newest offer. */
interface Passed {
  offers: number;
  pass?: Pass | undefined;
}

interface Passing {
  told: Passed;
  /** As told up to when its item was read. */
  toldThen?: Passed;
}

/** As its item has it. */
interface Read extends Passed {
  seq: number;
}

type Step = Heard<'code.offered' | 'code.accepted' | 'code.withdrawn'>;

const never: Passed = { offers: 0 };

/** With whom it is, or to be, at an instant of who asks; undefined once every window has ended: then it is its owner's. */
const passAt = (pass: Pass | undefined, at: string): Pass | undefined => {
  if (!pass) return undefined;
  const isLive = pass.withdrawnAt === undefined && Date.parse(at) < Date.parse(pass.until);
  return isLive ? pass : passAt(pass.under, at);
};

/** Through how many hands it went at an instant. */
const handsOf = (pass: Pass | undefined, at: string): number =>
  pass ? (pass.to === undefined ? 0 : 1) + handsOf(passAt(pass.under, at), at) : 0;

const inWords = ({ transferId, from, to, until, withdrawnAt, under }: Pass): string => {
  const where = to === undefined ? 'on offer' : `with ${to}`;
  const ended = withdrawnAt === undefined ? '' : `, withdrawn at ${withdrawnAt}`;
  return `${where} from ${from} by ${transferId} until ${until}${ended}${under ? `, and before that ${inWords(under)}` : ''}`;
};
const wordsOf = ({ pass }: Passed): string => (pass ? inWords(pass) : 'with its owner');

const fold = ({ offers, pass }: Passed, { type, data }: Step): Passed => {
  switch (type) {
    case 'code.offered': {
      const { transferId, from, offeredAt, until } = data;
      const under = passAt(pass, offeredAt);
      return { offers: offers + 1, pass: { transferId, from, until, ...(under ? { under } : {}) } };
    }
    case 'code.accepted':
      return { offers, pass: pass && { ...pass, to: data.to } };
    case 'code.withdrawn':
      return { offers, pass: pass && { ...pass, withdrawnAt: data.withdrawnAt } };
  }
};

/** Who has a code, and who may use it. Each step is decided at the instant that it tells, so that no clock matters here. */
export const transfers: Family = (open) => {
  const finding = open(
    'transfers',
    'a code is passed on by whom it is with, accepted once, used by nobody else meanwhile, and the log tells what the table says',
  );
  const read = new Map<string, Read>();
  const passed = new Map<string, Passing>();
  const owners = new Map<string, string>();
  const limits = new Map<number, number>();

  /** Why an answer to an offer could not be; undefined when it could. */
  const whyNotAnswered = (pass: Pass | undefined, verb: string, transferId: string, from: string) => {
    if (pass?.transferId !== transferId)
      return `is offered by ${pass?.transferId ?? 'nobody'}, and ${transferId} was ${verb}`;
    if (pass.withdrawnAt !== undefined) return `has ${transferId}, which was withdrawn, and then ${verb}`;
    if (pass.to !== undefined) return `has ${transferId}, which was accepted by ${pass.to}, and then ${verb}`;
    return pass.from === from ? undefined : `has ${transferId} from ${pass.from}, and it was ${verb} as from ${from}`;
  };

  const whyUnlawful = (code: string, { offers, pass }: Passed, { type, data }: Step): string | undefined => {
    const { transferId, from } = data;
    switch (type) {
      case 'code.offered': {
        const { offeredAt, until } = data;
        if (transferId !== turnId('tr', data, offers + 1)) return `has ${transferId} as offer ${offers + 1}`;
        const live = passAt(pass, offeredAt);
        if (live && live.to === undefined) return `is ${inWords(live)}, and was offered by ${from}`;
        const holder = live?.to ?? owners.get(code);
        if (holder !== undefined && holder !== from) return `is with ${holder}, and was offered by ${from}`;
        if (live && until > live.until) return `is ${inWords(live)}, and was offered until ${until}`;
        const [hands, limit] = [handsOf(live, offeredAt), limits.get(data.batch)];
        return limit === undefined || hands < limit
          ? undefined
          : `went through ${hands} hands of ${limit}, and was offered by ${from}`;
      }
      case 'code.accepted': {
        const { to, acceptedAt, until } = data;
        const why = whyNotAnswered(pass, 'accepted', transferId, from);
        if (why !== undefined) return why;
        if (passAt(pass, acceptedAt) !== pass || until !== pass?.until)
          return `has ${transferId} until ${pass?.until}, and it was accepted at ${acceptedAt} until ${until}`;
        return to === from ? `was accepted by ${to}, who had offered it` : undefined;
      }
      case 'code.withdrawn': {
        const { withdrawnAt } = data;
        const why = whyNotAnswered(pass, 'withdrawn', transferId, from);
        if (why !== undefined) return why;
        return passAt(pass, withdrawnAt)
          ? undefined
          : `has ${transferId} until ${pass?.until}, and it was withdrawn at ${withdrawnAt}`;
      }
    }
  };

  const onStep = (event: Step) => {
    const code = codeSubject(event.data);
    const passing: Passing = passed.get(code) ?? { told: never };
    passed.set(code, passing);
    const seq = read.get(code)?.seq;
    if (seq !== undefined && event.sequence > seq) passing.toldThen ??= passing.told;
    const unlawful = whyUnlawful(code, passing.told, event);
    if (unlawful !== undefined) finding.differs(code, `${code} ${unlawful}`);
    passing.told = fold(passing.told, event);
  };

  /** A new order has the code: its buyer is the one who was passed it, when it was. */
  const onTaken = (number: { batch: number; index: number }, buyer: string, at: string) => {
    const code = codeSubject(number);
    const live = passAt(passed.get(code)?.told.pass, at);
    if (!live || (live.to !== undefined && buyer === `m:${live.to}`)) return;
    finding.differs(code, `${code} is ${inWords(live)}, and was taken by ${buyer} at ${at}`);
  };

  return {
    items: {
      redemption: ({ pk, sk, seq, state }) => {
        if (sk !== 'life') return;
        const { offers = 0, pass } = state as { offers?: number; pass?: Pass };
        read.set(pk, { seq, offers, pass });
      },
      issuance: ({ pk, state }) => {
        const { batch, terms } = state as { batch?: number; terms?: { transferLimit?: number } };
        if (after('batches/', pk) !== undefined && batch !== undefined) limits.set(batch, terms?.transferLimit ?? 0);
      },
    },
    events: {
      'code.claimed': ({ data }) => {
        owners.set(codeSubject(data), data.memberId);
      },
      'code.offered': onStep,
      'code.accepted': onStep,
      'code.withdrawn': onStep,
      'code.held': ({ data }) => onTaken(data, data.buyer, data.heldAt),
      'code.redeemed': ({ data }) => {
        // Who holds it is not asked again.
        if (data.holdId === undefined) onTaken(data, data.buyer, data.redeemedAt);
      },
    },
    conclude: () => {
      for (const [code, inTable] of read) {
        const { told, toldThen = told } = passed.get(code) ?? { told: never };
        if (inTable.offers === 0 && toldThen.offers === 0) continue;
        finding.looked();
        if (inTable.offers !== toldThen.offers) {
          finding.differs(
            code,
            `${code} was offered ${inTable.offers} times in the table and ${toldThen.offers} times by the log`,
          );
        } else if (wordsOf(inTable) !== wordsOf(toldThen)) {
          finding.differs(code, `${code} is ${wordsOf(inTable)} in the table, and ${wordsOf(toldThen)} by the log`);
        }
      }
    },
  };
};
