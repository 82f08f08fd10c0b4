import type { Family } from '../check.ts';
import { after } from '../names.ts';
import type { Found, Tables } from '../tables.ts';

interface CampaignState {
  batch?: number;
  definition: { quota: number; allotment?: unknown; waitlist?: object };
}

interface PoolState {
  status: string;
  left: number;
  nextIndex: number;
  /** The end of its indexes. */
  room: number;
  /** Of the places for those who wait: what is offered, and what came back since its code was revoked. */
  waitlist?: { offered: number; back: number };
}

interface LeaseState {
  status: string;
  next: number;
  end: number;
}

interface BatchState {
  size: number;
  canaries?: number;
  origin: { kind: string };
}

interface CodesState {
  campaignId: string;
  codes: { index: number }[];
}

/** What is for everybody, or what one rule reserves, at one moment. */
interface Part extends PoolState {
  /** What open leases had not handed out, as [next, end). */
  leased: { next: number; end: number }[];
}

/** A campaign's quota at one moment, and the claims and purchases that were made until then. */
interface Quota {
  campaignId: string;
  quota: number;
  /** In the order of their indexes. */
  parts: Part[];
  granted: number;
  claims: number;
  bought: number;
}

const none: PoolState = { status: 'none', left: 0, nextIndex: 0, room: 0 };

/** The positions of the rules that reserve places. */
const lanesIn = (allotment: unknown): number[] =>
  Array.isArray(allotment)
    ? allotment.flatMap((rule: { places?: number }, lane) => (rule.places === undefined ? [] : [lane]))
    : [];

const triesAtMost = 20;
const pauseMs = 50;

/**
 * Codes of the quota in the pool, in leases, offered, claimed, bought and granted are all of it, and never more; so many more
 * are claimed as places came back.
 */
export const quotas: Family = (open) => {
  const finding = open(
    'quotas',
    'what is in the pool, in leases, offered, claimed, bought and granted is the quota of the campaign',
  );
  const campaigns = new Map<string, Quota>();

  /**
   * Every move between pool, leases and grants changes the pool's sequence: what is read while that stays is of one moment,
   * but for claims and purchases, each of which moves its lease only. Those that came later than their lease was read are known by their
   * index, since no index is handed out twice.
   */
  const pin = async (tables: Tables, { sk: campaignId, state }: Found): Promise<void> => {
    const { batch, definition } = state as unknown as CampaignState;
    if (batch === undefined) return;
    const pk = `quota/${campaignId}`;
    const lanes = [...lanesIn(definition.allotment), ...(definition.waitlist ? ['waitlist'] : [])];
    const prefixes = ['', ...lanes.map((lane) => `lane/${lane}/`)];
    const pools = () => Promise.all(prefixes.map((prefix) => tables.item('issuance', { pk, sk: `${prefix}pool` })));
    for (let tries = 1; tries <= triesAtMost; tries += 1) {
      const before = await pools();
      const leases = await Promise.all(
        prefixes.map(async (prefix) => {
          const leased: Part['leased'] = [];
          for await (const lease of tables.partition('issuance', pk, `${prefix}lease/`)) {
            const { status, next, end } = lease.state as unknown as LeaseState;
            if (status === 'open') leased.push({ next, end });
          }
          return leased;
        }),
      );
      let granted = 0;
      for await (const item of tables.partition('issuance', `batches/${campaignId}`)) {
        const { origin, size, canaries = 0 } = item.state as unknown as BatchState;
        // What nobody is given takes nothing from anybody.
        if (origin.kind === 'grant') granted += size - canaries;
      }
      const after = await pools();
      if (after.every((pool, part) => pool?.seq === before[part]?.seq)) {
        const parts = after.map((pool, part): Part => {
          const { status, left, nextIndex, room, waitlist } = (pool?.state ?? none) as unknown as PoolState;
          const waiting = waitlist === undefined ? {} : { waitlist };
          return { status, left, nextIndex, room, ...waiting, leased: leases[part] as Part['leased'] };
        });
        campaigns.set(campaignId, { campaignId, quota: definition.quota, parts, granted, claims: 0, bought: 0 });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    finding.skip(`codes of ${campaignId} kept moving between its pool and its leases`);
  };

  const isLater = ({ parts }: Quota, index: number): boolean => {
    const part = parts.find(({ room }) => index < room) ?? parts[0];
    return (
      part === undefined || index >= part.nextIndex || part.leased.some(({ next, end }) => index >= next && index < end)
    );
  };

  return {
    prepare: async (tables) => {
      for await (const campaign of tables.partition('issuance', 'campaigns')) await pin(tables, campaign);
    },
    items: {
      issuance: ({ sk, state }) => {
        const isBought = after('codes/bought/', sk) !== undefined;
        if (!isBought && after('codes/claimed/', sk) === undefined) return;
        const { campaignId, codes } = state as unknown as CodesState;
        const campaign = campaigns.get(campaignId);
        if (!campaign) return;
        campaign[isBought ? 'bought' : 'claims'] += codes.filter(({ index }) => !isLater(campaign, index)).length;
      },
    },
    conclude: () => {
      for (const { campaignId, quota, parts, granted, claims, bought } of campaigns.values()) {
        finding.looked();
        const left = parts.reduce((sum, part) => sum + part.left, 0);
        const inLeases = parts.flatMap(({ leased }) => leased).reduce((sum, { next, end }) => sum + end - next, 0);
        const offered = parts.reduce((sum, { waitlist }) => sum + (waitlist?.offered ?? 0), 0);
        const back = parts.reduce((sum, { waitlist }) => sum + (waitlist?.back ?? 0), 0);
        const isBelow = parts.some((part) => part.left < 0 || (part.waitlist?.offered ?? 0) < 0);
        if (isBelow || left + offered + inLeases + claims + bought + granted !== quota + back) {
          const parts =
            `${left} in the pool, ${inLeases} in leases, ${offered} offered, ${claims} claimed, ${bought} bought and ` +
            `${granted} granted`;
          const all = back === 0 ? `${quota}` : `${quota} and the ${back} that came back`;
          finding.differs(campaignId, `${campaignId}: ${parts} are not ${all}`);
        }
      }
    },
  };
};
