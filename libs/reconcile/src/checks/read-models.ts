import { codeSubject, type Heard } from '@fcode/events';
import { atRest, type Family } from '../check.ts';
import { after } from '../names.ts';

interface StatusState {
  status: string;
  sequence: number;
}

type Step = Heard<'code.held' | 'code.released' | 'code.redeemed'>;

const statusOf: Record<Step['type'], string> = {
  'code.held': 'held',
  'code.released': 'unused',
  'code.redeemed': 'redeemed',
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
    events: { 'code.held': onStep, 'code.released': onStep, 'code.redeemed': onStep },
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

const counts = ['claimed', 'held', 'redeemed', 'links', 'clicks', 'referrals', 'rewards', 'micropoints'] as const;
type Count = (typeof counts)[number];
type Counts = Map<string, number>;

const micropointsOf = (points: number): number => Math.round(points * 1_000_000);

/** What insights counted, each sum over all parts that it is spread over. */
export const funnels: Family = (open) => {
  const finding = open('funnels', 'insights counted what happened');
  const inFunnels: Counts = new Map();
  const inShares: Counts = new Map();
  const told: Counts = new Map();
  const vested = new Set<string>();
  const reversed = new Set<string>();

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

  /** A reward counts while it is vested and not reversed. */
  const settle =
    (of: Set<string>, others: Set<string>, amount: (isVested: boolean) => number) =>
    ({ data }: Heard<'reward.vested' | 'reward.reversed'>) => {
      const { rewardId, campaignId, channel = 'other', points } = data;
      const change = amount(others.has(rewardId));
      of.add(rewardId);
      add(told, campaignId, channel, 'rewards', change);
      add(told, campaignId, channel, 'micropoints', change * micropointsOf(points));
    };

  return {
    items: {
      insights: ({ pk, sk, state }) => {
        const campaignId = after('funnel/', pk);
        if (campaignId !== undefined) addAll(inFunnels, campaignId, sk.split('/')[0] as string, state);
        const shared = after('shares/', pk);
        if (shared !== undefined) addAll(inShares, shared.slice(shared.lastIndexOf('/') + 1), sk, state);
      },
    },
    events: {
      'code.claimed': step('claimed'),
      'code.held': step('held'),
      'code.redeemed': step('redeemed'),
      'link.created': one('links'),
      'link.clicked': one('clicks'),
      'referral.made': one('referrals'),
      'reward.vested': settle(vested, reversed, (isReversed) => (isReversed ? 0 : 1)),
      'reward.reversed': settle(reversed, vested, (isVested) => (isVested ? -1 : 0)),
    },
    conclude: (system) =>
      atRest(finding, system, () => {
        for (const name of new Set([...told.keys(), ...inFunnels.keys(), ...inShares.keys()])) {
          finding.looked();
          const [campaignId = '', by, count] = name.split(' ');
          const expected = told.get(name) ?? 0;
          const where = by === 'totals' ? '' : ` by ${by}`;
          const compare = (what: string, found: number) => {
            if (found === expected) return;
            finding.differs(campaignId, `${what} counts ${found} ${count}${where}, the log ${expected}`);
          };
          compare(`funnel/${campaignId}`, inFunnels.get(name) ?? 0);
          if (by !== 'totals') compare(`shares/…/${campaignId}`, inShares.get(name) ?? 0);
        }
      }),
  };
};
