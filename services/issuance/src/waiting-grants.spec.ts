import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './fixtures/bench.ts';

let bench: Bench;
let issuance: ReturnType<Bench['openApp']>;
beforeAll(async () => {
  bench = await startBench();
  issuance = bench.openApp();
});
afterAll(() => bench.stop());

const [olga, oscar, oona] = ['ops:olga', 'ops:oscar', 'ops:oona'];
let references = 0;

const ask = async (campaignId: string, bearer: number) => {
  references += 1;
  const body = { to: { bearer }, reason: 'press', reference: `WAIT-${references}` };
  const asked = await issuance.ask('POST', `/v1/campaigns/${campaignId}/grants`, olga, body);
  return String(asked.body.grantId);
};
const tell = (campaignId: string, grantId: string, verb: 'approve' | 'cancel', as: string) =>
  issuance.ask(
    'POST',
    `/v1/campaigns/${campaignId}/grants/${grantId}/${verb}`,
    as,
    verb === 'cancel' ? { reason: 'a mistake' } : {},
  );
const list = async (query = 'status=waiting', as = oscar) => await issuance.ask('GET', `/v1/grants?${query}`, as);
const waiting = async () => ((await list()).body.items as { grantId: string }[]).map(({ grantId }) => grantId);

describe('grants that wait for approval', () => {
  it('are those of all campaigns, newest first, until they are approved by all or cancelled', async () => {
    const [spring, autumn] = [
      await bench.openCampaign({ quota: 200_000 }),
      await bench.openCampaign({ quota: 100, name: 'Autumn' }),
    ];
    const first = await ask(spring, 40);
    bench.time.now += 1000;
    const second = await ask(autumn, 10);
    bench.time.now += 1000;
    const large = await ask(spring, 100_000);
    expect(await waiting()).toEqual([large, second, first]);
    expect((await list()).body.items).toMatchObject([
      { campaignId: spring, codes: 100_000, needed: 2, by: 'olga', status: 'waiting', approvals: [] },
      { campaignId: autumn, codes: 10, needed: 1, by: 'olga' },
      { campaignId: spring, codes: 40, needed: 1, by: 'olga' },
    ]);

    await tell(autumn, second, 'approve', oscar);
    await tell(spring, first, 'cancel', olga);
    // The first of two: it waits for another.
    await tell(spring, large, 'approve', oscar);
    expect((await list()).body.items).toMatchObject([{ grantId: large, approvals: [{ by: 'oscar' }] }]);
    await tell(spring, large, 'approve', oona);
    expect(await waiting()).toEqual([]);
  });

  it('are told page by page, each once', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const asked: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      bench.time.now += 1000;
      asked.unshift(await ask(campaignId, 1));
    }
    const told: string[] = [];
    const sizes: number[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const { body }: Awaited<ReturnType<typeof list>> = await list(
        `status=waiting&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const items = body.items as { grantId: string }[];
      sizes.push(items.length);
      told.push(...items.map(({ grantId }) => grantId));
      cursor = body.cursor as string | undefined;
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(told).toEqual(asked);
    for (const grantId of asked) await tell(campaignId, grantId, 'cancel', olga);
    await until(async () => (await waiting()).length === 0);
  });

  it('are none that was approved and cancelled at once', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const grantId = await ask(campaignId, 1);
    await Promise.all([tell(campaignId, grantId, 'approve', oscar), tell(campaignId, grantId, 'cancel', olga)]);
    expect(await waiting()).toEqual([]);
  });

  it('are shown to ops only, by a query that is one', async () => {
    for (const as of ['member:m_mia', 'checkout:shop-a', 'connector:forum']) {
      expect((await list('status=waiting', as)).status).toBe(403);
    }
    for (const query of [
      '',
      'status=done',
      'status=waiting&order=oldest',
      'status=waiting&cursor=gr_1',
      'status=waiting&cursor=gr_ZZZZZZZZZZZZZZZZZZZZZZZZZZ',
      'status=waiting&limit=0',
    ]) {
      expect([query, (await list(query)).status]).toEqual([query, 422]);
    }
    for (const cursor of ['gr_00000000000000000000000000', 'gr_1ZZZZZZZZZZZZZZZZZZZZZZZZZ']) {
      expect([cursor, await list(`status=waiting&cursor=${cursor}`)]).toMatchObject([
        cursor,
        { status: 200, body: { items: [] } },
      ]);
    }
  });
});
