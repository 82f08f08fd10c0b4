import { codeSubject, type Heard, padSequence } from '@fcode/events';
import { atRest, type Family } from '../check.ts';
import { after, orderName } from '../names.ts';

interface StatusState {
  status: string;
  sequence: number;
}

type Step = Heard<
  'code.held' | 'code.hold_extended' | 'code.released' | 'code.redeemed' | 'code.cancelled' | 'code.revoked'
>;

/** What else is told of a code leaves its status as it is, and is not heard. */
const statusOf: Record<Step['type'], string> = {
  'code.held': 'held',
  'code.hold_extended': 'held',
  'code.released': 'unused',
  'code.redeemed': 'redeemed',
  'code.cancelled': 'unused',
  'code.revoked': 'revoked',
};

/** What became of codes, as issuance shows it to those who have them. */
export const statuses: Family = (open) => {
  const finding = open('statuses', 'issuance shows codes as they were told');
  const latest = open('statuses-heard', 'issuance shows the newest of them');
  const heard = new Map<string, StatusState>();
  const confirmed = new Set<string>();
  const newest = new Map<string, number>();

  const onStep = ({ type, data, sequence }: Step) => {
    const code = codeSubject(data);
    newest.set(code, sequence);
    const known = heard.get(code);
    if (known?.sequence !== sequence) return;
    confirmed.add(code);
    const told = statusOf[type];
    if (known.status !== told)
      finding.differs(code, `${code} is ${known.status} in issuance, and was told to be ${told}`);
  };

  return {
    items: {
      issuance: ({ pk, sk, state }) => {
        if (sk !== 'status') return;
        const { status, sequence } = state as unknown as StatusState;
        heard.set(pk, { status, sequence });
      },
    },
    events: {
      'code.held': onStep,
      'code.hold_extended': onStep,
      'code.released': onStep,
      'code.redeemed': onStep,
      'code.cancelled': onStep,
      'code.revoked': onStep,
    },
    conclude: (system) => {
      for (const [code, { sequence }] of heard) {
        finding.looked();
        if (!confirmed.has(code)) {
          finding.differs(code, `${code} stands in issuance as of event ${sequence}, which nobody told`);
        }
      }
      atRest(latest, system, () => {
        for (const [code, sequence] of newest) {
          latest.looked();
          const known = heard.get(code)?.sequence ?? 0;
          if (known === sequence) continue;
          latest.differs(code, `${code} stands in issuance as of event ${known}, and event ${sequence} is the newest`);
        }
      });
    },
  };
};

/** Counted apart since a release that counted nothing of before anew: there may be fewer of them than the log has. */
const countedLater = ['granted', 'bought', 'bearer'] as const;

const counts = [
  ...countedLater,
  'claimed',
  'held',
  'redeemed',
  'cancelled',
  'links',
  'clicks',
  'referrals',
  'rewards',
  'micropoints',
] as const;
type Count = (typeof counts)[number];
type Counts = Map<string, number>;
const isCountedLater = (count: string | undefined): boolean => countedLater.some((one) => one === count);

const micropointsOf = (points: number): number => Math.round(points * 1_000_000);

/** What insights counted, each sum over all parts that it is spread over. */
export const funnels: Family = (open) => {
  const finding = open('funnels', 'insights counted what happened');
  const inFunnels: Counts = new Map();
  const inShares: Counts = new Map();
  const told: Counts = new Map();
  /** Each with the points that returns left of it. */
  const rewards = new Map<
    string,
    { campaignId: string; channel: string; points: number; isVested?: true; isReversed?: true }
  >();

  const add = (to: Counts, campaignId: string, by: string, count: Count, amount = 1) => {
    const name = `${campaignId} ${by} ${count}`;
    to.set(name, (to.get(name) ?? 0) + amount);
  };
  const addAll = (to: Counts, campaignId: string, by: string, state: Record<string, unknown>) => {
    for (const count of counts) if (typeof state[count] === 'number') add(to, campaignId, by, count, state[count]);
  };
  const one =
    (count: Count) =>
    ({ data }: { data: { campaignId: string; channel?: string | undefined } }) =>
      add(told, data.campaignId, data.channel ?? 'other', count);
  const step =
    (count: Count) =>
    ({ data }: { data: { campaignId: string } }) =>
      add(told, data.campaignId, 'totals', count);

  const onReward = ({ type, data }: Heard<'reward.vested' | 'reward.reduced' | 'reward.reversed'>) => {
    const { rewardId, campaignId, channel = 'other', points } = data;
    const reward = rewards.get(rewardId) ?? { campaignId, channel, points };
    rewards.set(rewardId, reward);
    if (type === 'reward.vested') reward.isVested = true;
    else if (type === 'reward.reduced') reward.points = Math.min(reward.points, data.left);
    else reward.isReversed = true;
  };

  return {
    items: {
      insights: ({ pk, sk, state }) => {
        const campaignId = after('funnel/', pk);
        if (campaignId !== undefined) {
          const by = sk.split('/')[0] as string;
          addAll(inFunnels, campaignId, by, state);
          // Whichever way members come to codes, they are of one sum: once all were counted as claimed.
          const { granted = 0, bought = 0 } = state;
          if (by === 'totals') add(inFunnels, campaignId, by, 'claimed', Number(granted) + Number(bought));
        }
        const shared = after('shares/', pk);
        if (shared !== undefined) addAll(inShares, shared.slice(shared.lastIndexOf('/') + 1), sk, state);
      },
    },
    events: {
      'code.claimed': ({ data: { campaignId, how } }) => {
        add(told, campaignId, 'totals', 'claimed');
        if (how !== 'claimed') add(told, campaignId, 'totals', how);
      },
      'batch.created': ({ data: { campaignId, size, canaries = 0, origin } }) => {
        if (origin.kind !== 'grant' || origin.to !== 'bearer') return;
        add(told, campaignId, 'totals', 'bearer', size - canaries);
      },
      'code.held': step('held'),
      'code.redeemed': step('redeemed'),
      'code.cancelled': step('cancelled'),
      'link.created': one('links'),
      'link.clicked': one('clicks'),
      'referral.made': one('referrals'),
      'reward.vested': onReward,
      'reward.reduced': onReward,
      'reward.reversed': onReward,
    },
    conclude: (system) => {
      // A reward counts while it is vested and not reversed.
      for (const { campaignId, channel, points, isVested, isReversed } of rewards.values()) {
        if (!isVested || isReversed) continue;
        add(told, campaignId, channel, 'rewards');
        add(told, campaignId, channel, 'micropoints', micropointsOf(points));
      }
      atRest(finding, system, () => {
        for (const name of new Set([...told.keys(), ...inFunnels.keys(), ...inShares.keys()])) {
          finding.looked();
          const [campaignId = '', by, count] = name.split(' ');
          const expected = told.get(name) ?? 0;
          const where = by === 'totals' ? '' : ` by ${by}`;
          const compare = (what: string, found: number) => {
            if (found === expected || (found < expected && isCountedLater(count))) return;
            finding.differs(campaignId, `${what} counts ${found} ${count}${where}, the log ${expected}`);
          };
          compare(`funnel/${campaignId}`, inFunnels.get(name) ?? 0);
          if (by !== 'totals') compare(`shares/…/${campaignId}`, inShares.get(name) ?? 0);
        }
      });
    },
  };
};

interface LostHoldState {
  lost: { holdId: string; shop: string; orderId: string; cause: string };
}

/** Paid orders that came too late for their code, as insights lists them for ops. */
export const lostHolds: Family = (open) => {
  const finding = open('lost-holds', 'insights lists each paid order that lost its hold, and no other');
  const listed = new Map<string, string>();
  const told = new Map<string, string>();
  const inWords = (holdId: string, order: string, cause: string): string => `hold ${holdId} of ${order} (${cause})`;

  return {
    items: {
      insights: ({ pk, sk, state }) => {
        if (after('lost-holds/', pk) === undefined) return;
        const { holdId, cause, ...order } = (state as unknown as LostHoldState).lost;
        listed.set(`${pk}#${sk}`, inWords(holdId, orderName(order), cause));
      },
    },
    events: {
      'code.hold_lost': ({ data, sequence }) => {
        const { batch, index, lostAt, holdId, order, cause } = data;
        const sk = `${lostAt}/${batch}.${index}/${padSequence(sequence)}`;
        told.set(`lost-holds/${lostAt.slice(0, 7)}#${sk}`, inWords(holdId, orderName(order), cause));
      },
    },
    conclude: (system) => {
      for (const [name, what] of listed) {
        finding.looked();
        const expected = told.get(name);
        if (expected !== what) finding.differs(name, `${name} is ${what}, and ${expected ?? 'nothing'} was told`);
      }
      atRest(finding, system, () => {
        for (const [name, what] of told) {
          if (!listed.has(name)) finding.differs(name, `${name} is not listed: ${what}`);
        }
      });
    },
  };
};

/** Lost holds that ops made good, as insights notes it. */
export const madeGood: Family = (open) => {
  const finding = open('made-good', 'insights notes each lost hold that was made good, and no other');
  const noted = new Map<string, string>();
  /** When; the one that is heard first stays. */
  const told = new Map<string, string[]>();

  return {
    items: {
      insights: ({ pk, state }) => {
        if (after('made-good/', pk) !== undefined) noted.set(pk, (state as { redeemedAt: string }).redeemedAt);
      },
    },
    events: {
      'code.redeemed': ({ data: { goodwill, order, redeemedAt } }) => {
        if (!goodwill) return;
        const name = `made-good/${goodwill.holdId}/${encodeURIComponent(order.shop)}/${order.orderId}`;
        told.set(name, [...(told.get(name) ?? []), redeemedAt]);
      },
    },
    conclude: (system) => {
      for (const [name, at] of noted) {
        finding.looked();
        const expected = told.get(name) ?? [];
        if (expected.includes(at)) continue;
        finding.differs(name, `${name} was at ${at}, and ${expected.join(' and ') || 'nothing'} was told`);
      }
      atRest(finding, system, () => {
        for (const name of told.keys()) if (!noted.has(name)) finding.differs(name, `${name} is not noted`);
      });
    },
  };
};
