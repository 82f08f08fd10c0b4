import type { Family } from '../check.ts';
import { after } from '../names.ts';
import type { Found, Tables } from '../tables.ts';

interface CampaignState {
  batch?: number;
  definition: { quota: number };
}

interface PoolState {
  status: string;
  left: number;
  nextIndex: number;
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

/** A campaign's quota at one moment, and the claims that were made until then. */
interface Quota {
  campaignId: string;
  quota: number;
  left: number;
  /** What open leases had not handed out, as [next, end). */
  leased: { next: number; end: number }[];
  nextIndex: number;
  granted: number;
  claims: number;
}

const triesAtMost = 20;
const pauseMs = 50;

/** Codes of the quota in the pool, in leases, claimed and granted are all of it, and never more. */
export const quotas: Family = (open) => {
  const finding = open('quotas', 'what is in the pool, in leases, claimed and granted is the quota of the campaign');
  const campaigns = new Map<string, Quota>();

  /**
   * Every move between pool, leases and grants changes the pool's sequence: what is read while that stays is of one moment,
   * but for claims, each of which moves its lease only. Those that came later than their lease was read are known by their
   * index, since no index is handed out twice.
   */
  const pin = async (tables: Tables, { sk: campaignId, state }: Found): Promise<void> => {
    const { batch, definition } = state as unknown as CampaignState;
    if (batch === undefined) return;
    const key = { pk: `quota/${campaignId}`, sk: 'pool' };
    for (let tries = 1; tries <= triesAtMost; tries += 1) {
      const before = await tables.item('issuance', key);
      const leased: Quota['leased'] = [];
      for await (const lease of tables.partition('issuance', key.pk, 'lease/')) {
        const { status, next, end } = lease.state as unknown as LeaseState;
        if (status === 'open') leased.push({ next, end });
      }
      let granted = 0;
      for await (const item of tables.partition('issuance', `batches/${campaignId}`)) {
        const { origin, size, canaries = 0 } = item.state as unknown as BatchState;
        // What nobody is given takes nothing from anybody.
        if (origin.kind === 'grant') granted += size - canaries;
      }
      const pool = await tables.item('issuance', key);
      if (before?.seq === pool?.seq) {
        const { left, nextIndex } = (pool?.state ?? { left: 0, nextIndex: 0 }) as unknown as PoolState;
        campaigns.set(campaignId, { campaignId, quota: definition.quota, left, leased, nextIndex, granted, claims: 0 });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    finding.skip(`codes of ${campaignId} kept moving between its pool and its leases`);
  };

  const isLater = ({ nextIndex, leased }: Quota, index: number): boolean =>
    index >= nextIndex || leased.some(({ next, end }) => index >= next && index < end);

  return {
    prepare: async (tables) => {
      for await (const campaign of tables.partition('issuance', 'campaigns')) await pin(tables, campaign);
    },
    items: {
      issuance: ({ sk, state }) => {
        if (after('codes/claimed/', sk) === undefined) return;
        const { campaignId, codes } = state as unknown as CodesState;
        const campaign = campaigns.get(campaignId);
        if (campaign) campaign.claims += codes.filter(({ index }) => !isLater(campaign, index)).length;
      },
    },
    conclude: () => {
      for (const { campaignId, quota, left, leased, granted, claims } of campaigns.values()) {
        finding.looked();
        const inLeases = leased.reduce((sum, { next, end }) => sum + end - next, 0);
        if (left < 0 || left + inLeases + claims + granted !== quota) {
          const parts = `${left} in the pool, ${inLeases} in leases, ${claims} claimed and ${granted} granted`;
          finding.differs(campaignId, `${campaignId}: ${parts} are not ${quota}`);
        }
      }
    },
  };
};
