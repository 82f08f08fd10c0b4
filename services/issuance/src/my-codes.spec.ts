import { pointsSpent } from '@fcode/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, heardOf, startBench } from './fixtures/bench.ts';
import { iso, noon, campaignId as unknownCampaign } from './fixtures/drop.ts';
import { onPointsSpent } from './on-points-spent.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

/** Points spent, as issuance hears of them; purchases are listed by their ids. */
const spend = async (memberId: string, purchaseId: string, campaignId: string) => {
  const spent = pointsSpent.of({
    memberId,
    purchaseId: `pur_${purchaseId}`,
    campaignId,
    points: 10,
    weight: '10000000',
    spentAt: iso(noon),
  });
  const heard = heardOf<'points.spent'>(spent, `member/${memberId}#standing`, 1);
  await onPointsSpent(bench.desk.claims, () => bench.time.now)(heard);
};

interface Mine {
  items: { campaignId: string; how: string }[];
  cursor?: string;
}
const pagesOf = async (memberId: string, limit: number): Promise<string[][]> => {
  const { ask } = bench.openApp();
  const pages: string[][] = [];
  let from = '';
  for (;;) {
    const { body } = await ask('GET', `/v1/me/codes?limit=${limit}${from}`, `member:${memberId}`);
    const { items, cursor } = body as unknown as Mine;
    pages.push(items.map(({ how }) => how));
    if (cursor === undefined) return pages;
    from = `&cursor=${encodeURIComponent(cursor)}`;
  }
};

describe('purchases that were refused', () => {
  it('take no place in a page of my codes, wherever they stand among those that were not', async () => {
    const campaign = await bench.openCampaign({ quota: 50, allotment: { fan: 1 } });
    const fates = ['no', 'no', 'yes', 'no', 'yes', 'yes', 'no', 'no', 'yes', 'no', 'no'];
    for (const [place, fate] of fates.entries()) {
      await spend('m_mia', String(place).padStart(22, '0'), fate === 'yes' ? campaign : unknownCampaign);
    }
    expect(await bench.desk.claim(campaign, 'm_mia', 'wish')).toMatchObject({ outcome: 'accepted' });
    for (const limit of [1, 2, 3, 4, 5, 20]) {
      const pages = await pagesOf('m_mia', limit);
      expect(pages.flat(), String(limit)).toEqual(['bought', 'bought', 'bought', 'bought', 'claimed']);
      const codes = pages.filter((page) => page.length > 0);
      // Each page but the last is full, and none of them is empty, but where the page before could not know that it was the last.
      expect(codes.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(pages.slice(0, -1)).not.toContainEqual([]);
    }
  });

  it('leave a page empty where there is nothing else, and do not keep a request busy however many they are', async () => {
    for (let place = 0; place < 230; place += 1) {
      await spend('m_poor', String(place).padStart(22, '0'), unknownCampaign);
    }
    const { store, ask } = bench.openApp();
    const before = store.table.sent.queries;
    const { body } = await ask('GET', '/v1/me/codes?limit=10', 'member:m_poor');
    expect(store.table.sent.queries - before).toBe(3);
    const { items, cursor } = body as unknown as Mine;
    expect([items, cursor]).toEqual([[], expect.any(String)]);
    expect((await pagesOf('m_poor', 10)).flat()).toEqual([]);
    // A code behind them is found by whoever goes on.
    const campaign = await bench.openCampaign({ allotment: { fan: 1 } });
    await bench.desk.claim(campaign, 'm_poor', 'wish');
    expect((await pagesOf('m_poor', 10)).flat()).toEqual(['claimed']);
  });
});
