import { pointsSpent } from '@fcode/events';
import { Unavailable } from '@fcode/policy';
import { startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buy, type Purchase, refuseSale, settledSale } from './buy.rule.ts';
import { close, pause, resume } from './campaign.rules.ts';
import type { Campaign } from './campaign.ts';
import { type Bench, heardOf, request, startBench } from './fixtures/bench.ts';
import {
  campaignAfter,
  campaignId,
  command,
  definition,
  draft,
  drafting,
  ends,
  frozen,
  iso,
  noon,
  published,
  publishing,
  seconds,
} from './fixtures/drop.ts';
import { boughtRef, type MemberCodes } from './member-codes.ts';
import { onPointsSpent } from './on-points-spent.ts';
import { type Lease, leaseKind, leasesOf, leftIn, poolRef } from './quota.ts';

const purchase: Purchase = { purchaseId: 'pur_1', memberId: 'm_mia', campaignId, region: 'DE', at: noon };
const nothing: MemberCodes = frozen({ campaignId: '', codes: [] });
const lease: Lease = frozen({ status: 'open', batch: 12, keyVersion: 1, next: 7, end: 9 });
const ofRegions = (regions: string[], allotment = definition.allotment): Campaign => {
  const campaign = campaignAfter(drafting(), publishing());
  if (campaign.status === 'none') throw new Error('not published');
  return { ...campaign, definition: { ...definition, allotment, regions } };
};
const after = (facts: { type: string; data: unknown }[]) => facts.reduce(boughtRef('m_mia', 'pur_1').evolve, nothing);

describe('points that are spent', () => {
  it('buy the next code of the lease, whatever the allotment', () => {
    const none = ofRegions([], {});
    for (const campaign of [published(), none]) {
      const decision = buy(purchase, nothing, lease, campaign);
      expect(decision).toMatchObject({ outcome: 'accepted', receipt: { batch: 12, index: 7 } });
      if (decision.outcome !== 'accepted') return;
      expect(decision.facts[0]).toEqual({
        type: 'code.claimed',
        data: { batch: 12, index: 7, campaignId, memberId: 'm_mia', how: 'bought', purchaseId: 'pur_1' },
      });
      expect(after(decision.facts)).toEqual({
        campaignId,
        codes: [{ batch: 12, index: 7, keyVersion: 1, how: 'bought', at: iso(noon) }],
      });
    }
  });

  const paused = campaignAfter(drafting(), publishing(), pause(command, published(), 'a test'));
  it.each<[string, Campaign, Partial<Purchase>, string]>([
    ['that nobody knows', { status: 'none' }, {}, 'campaign_not_found'],
    ['that is a draft', draft(), {}, 'campaign_not_found'],
    ['that opens later', published(), { at: noon - 1 }, 'campaign_not_open'],
    ['that has ended since', published(), { at: ends }, 'campaign_ended'],
    ['that is paused', paused, {}, 'campaign_paused'],
    [
      'that is closed',
      campaignAfter(drafting(), publishing(), close(command, published(), 'a test')),
      {},
      'campaign_closed',
    ],
    ['of elsewhere', ofRegions(['CN']), {}, 'region_not_covered'],
    ['of elsewhere, when nobody knows where the member lives', ofRegions(['CN']), { region: '' }, 'region_not_covered'],
  ])('buy nothing of a campaign %s', (_, campaign, rest, refusal) => {
    expect(buy({ ...purchase, ...rest }, nothing, lease, campaign)).toMatchObject({ outcome: 'refused', refusal });
    expect(settledSale({ ...purchase, ...rest }, nothing, campaign)).toMatchObject({ outcome: 'refused', refusal });
  });

  it('buy in a campaign of the region, and of everywhere', () => {
    expect(buy(purchase, nothing, lease, ofRegions(['DE'])).outcome).toBe('accepted');
    expect(buy({ ...purchase, region: '' }, nothing, lease, published()).outcome).toBe('accepted');
  });

  it('wait for a slice of the quota where the lease is used up or closed', () => {
    const used: Lease = { status: 'open', batch: 12, keyVersion: 1, next: 9, end: 9 };
    for (const one of [used, { status: 'none' } as const]) {
      expect(buy(purchase, nothing, one, published())).toMatchObject({ refusal: 'lease_empty' });
    }
  });

  it('have one end, for good, whatever becomes of the campaign', () => {
    const sold = buy(purchase, nothing, lease, published());
    const refused = refuseSale(purchase, 'sold_out', nothing);
    if (sold.outcome !== 'accepted' || refused.outcome !== 'accepted') throw new Error('refused');
    expect(refused.facts).toEqual([
      { type: 'purchase.refused', data: { purchaseId: 'pur_1', memberId: 'm_mia', campaignId, reason: 'sold_out' } },
    ]);
    const [code, none] = [after(sold.facts), after(refused.facts)];
    for (const campaign of [published(), paused]) {
      expect(buy(purchase, code, lease, campaign)).toMatchObject({ outcome: 'again', receipt: { index: 7 } });
      expect(buy(purchase, none, lease, campaign)).toMatchObject({
        outcome: 'again',
        receipt: { refused: 'sold_out' },
      });
    }
    expect(refuseSale(purchase, 'campaign_ended', code)).toMatchObject({ outcome: 'again', receipt: { index: 7 } });
    expect(refuseSale(purchase, 'campaign_ended', none)).toMatchObject({ receipt: { refused: 'sold_out' } });
  });
});

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

const clock = () => bench.time.now;
let purchases = 0;
const spent = (memberId: string, campaign: string, rest: { region?: string } = {}) => {
  purchases += 1;
  const purchaseId = `pur_${String(purchases).padStart(22, '0')}`;
  const heard = heardOf<'points.spent'>(
    pointsSpent.of({
      memberId,
      purchaseId,
      campaignId: campaign,
      points: 10,
      weight: '10000000',
      spentAt: iso(noon),
      ...rest,
    }),
    `member/${memberId}#standing`,
    purchases,
  );
  return { memberId, purchaseId, heard };
};
type Spent = ReturnType<typeof spent>;
const stateOf = async ({ memberId, purchaseId }: Spent) =>
  (await bench.desk.store.read([boughtRef(memberId, purchaseId)]))[0].state;
const wordOf = async (one: Spent) => {
  const { codes, refused } = await stateOf(one);
  return codes.length > 0 ? `${codes.length} code${refused === undefined ? '' : ` and ${refused}`}` : refused;
};
const toldOf = async (type: string, { purchaseId }: Spent) =>
  new Set(
    (await bench.logged(type))
      .filter(({ data }) => (data as { purchaseId?: string }).purchaseId === purchaseId)
      .map(({ id }) => id),
  ).size;
const leftOf = async (campaign: string): Promise<number> => {
  const [[{ state: pool }], { items }] = await Promise.all([
    bench.desk.store.read([poolRef({ campaignId: campaign })]),
    bench.desk.store.query({ ...leasesOf({ campaignId: campaign }), limit: 100 }, leaseKind),
  ]);
  return (pool.status === 'none' ? 0 : pool.left) + items.reduce((sum, { state }) => sum + leftIn(state), 0);
};
const switched = (campaign: string, verb: typeof pause | typeof resume | typeof close) =>
  bench.desk.campaignStore.switch(
    campaign,
    (known) => verb({ campaignId: campaign, by: 'ops', at: bench.time.now }, known, 'a test'),
    request(bench.time.now),
  );

describe('a purchase that is heard', () => {
  it('is one code of the quota, however often and by however many at once, and in my codes', async () => {
    const campaign = await bench.openCampaign({ quota: 10, allotment: { fan: 1 } });
    const one = spent('m_mia', campaign);
    const [here, other] = [bench.open(), bench.open()];
    const listen = [here, other].map(({ claims }) => onPointsSpent(claims, clock));
    await Promise.all([...listen, ...listen, ...listen, ...listen].map((hear) => hear(one.heard)));
    await onPointsSpent(here.claims, clock)(one.heard);
    expect(await wordOf(one)).toBe('1 code');
    expect(await leftOf(campaign)).toBe(9);
    await until(async () => (await toldOf('code.claimed', one)) > 0);
    expect([await toldOf('code.claimed', one), await toldOf('purchase.refused', one)]).toEqual([1, 0]);
    // It is none of the allotment: the member still has a claim, and both codes.
    expect(await bench.desk.claim(campaign, 'm_mia', 'wish')).toMatchObject({ outcome: 'accepted' });
    const { body } = await bench.openApp().ask('GET', '/v1/me/codes', 'member:m_mia');
    const items = (body.items as { how: string; campaignId: string; status: string; decision?: object }[]).filter(
      (code) => code.campaignId === campaign,
    );
    expect(items.map(({ how, status, decision }) => [how, status, decision !== undefined])).toEqual([
      ['bought', 'unused', false],
      ['claimed', 'unused', true],
    ]);
  });

  it('shares the quota with claims and grants to the last code, and no other gets one', async () => {
    const campaign = await bench.openCampaign({ quota: 20, allotment: { fan: 1 } });
    const granted = await bench.desk.grant({ campaignId: campaign, codes: 4 });
    expect(granted.outcome).toBe('accepted');
    const [one, other] = [bench.open(), bench.open()];
    const buyers = Array.from({ length: 30 }, (_, n) => spent(`m_buyer_${n}`, campaign));
    const claims = Array.from({ length: 30 }, (_, n) => (n % 2 ? one : other).claim(campaign, `m_fan_${n}`, 'wish'));
    const [decisions] = await Promise.all([
      Promise.all(claims),
      ...buyers.map(({ heard }, n) => onPointsSpent((n % 2 ? other : one).claims, clock)(heard)),
    ]);
    const claimed = decisions.flatMap((decision) => (decision.outcome === 'refused' ? [] : [decision.receipt.index]));
    const states = await Promise.all(buyers.map(stateOf));
    const bought = states.flatMap(({ codes }) => codes.map(({ index }) => index));
    expect(claimed.length + bought.length).toBe(16);
    expect(new Set([...claimed, ...bought]).size).toBe(16);
    expect(await leftOf(campaign)).toBe(0);
    expect(states.filter(({ refused }) => refused === 'sold_out')).toHaveLength(30 - bought.length);
    expect(
      decisions
        .filter((decision) => decision.outcome === 'refused')
        .map((decision) => decision.outcome === 'refused' && decision.refusal),
    ).toEqual(Array.from({ length: 30 - claimed.length }, () => 'sold_out'));
  });

  it('takes nothing of what a rule reserves', async () => {
    const campaign = await bench.openCampaign({ quota: 3, allotment: [{ when: 'true', codes: 1, places: 2 }] });
    const all = [spent('m_1', campaign), spent('m_2', campaign)];
    for (const { heard } of all) await onPointsSpent(bench.desk.claims, clock)(heard);
    expect(await Promise.all(all.map(wordOf))).toEqual(['1 code', 'sold_out']);
    expect(await bench.desk.claim(campaign, 'm_3', 'wish')).toMatchObject({ outcome: 'accepted' });
  });

  it('is refused once, however often and by however many it is heard, and stays so', async () => {
    const campaign = await bench.openCampaign({ quota: 1, allotment: {} });
    await onPointsSpent(bench.desk.claims, clock)(spent('m_first', campaign).heard);
    const late = spent('m_late', campaign);
    const listen = [bench.open(), bench.open()].map(({ claims }) => onPointsSpent(claims, clock));
    await Promise.all([...listen, ...listen, ...listen, ...listen].map((hear) => hear(late.heard)));
    expect(await wordOf(late)).toBe('sold_out');
    await until(async () => (await toldOf('purchase.refused', late)) > 0);
    expect([await toldOf('code.claimed', late), await toldOf('purchase.refused', late)]).toEqual([0, 1]);
    const { body } = await bench.openApp().ask('GET', '/v1/me/codes', 'member:m_late');
    expect(body.items).toEqual([]);
  });

  it('is refused while the campaign is paused, and the next one is a code when it goes on', async () => {
    const campaign = await bench.openCampaign({ quota: 5, allotment: {} });
    const [here, other] = [bench.open(), bench.open()];
    // Whoever knows the campaign as published finds its lease closed.
    const first = spent('m_1', campaign);
    await onPointsSpent(here.claims, clock)(first.heard);
    await switched(campaign, pause);
    const meanwhile = spent('m_2', campaign);
    await onPointsSpent(here.claims, clock)(meanwhile.heard);
    await switched(campaign, resume);
    const then = spent('m_3', campaign);
    await onPointsSpent(other.claims, clock)(then.heard);
    await onPointsSpent(other.claims, clock)(meanwhile.heard);
    expect(await Promise.all([first, meanwhile, then].map(wordOf))).toEqual(['1 code', 'campaign_paused', '1 code']);
    await switched(campaign, close);
    const never = spent('m_4', campaign);
    await onPointsSpent(here.claims, clock)(never.heard);
    expect(await wordOf(never)).toBe('campaign_closed');
    expect(await leftOf(campaign)).toBe(3);
  });

  it('is refused where there is no such campaign, where it is over, and for the region', async () => {
    const unknown = spent('m_1', campaignId);
    const elsewhere = spent('m_1', await bench.openCampaign({ regions: ['CN'] }), { region: 'DE' });
    const here = spent('m_1', await bench.openCampaign({ regions: ['DE'] }), { region: 'DE' });
    const soon = spent('m_1', await bench.openCampaign({ startsAt: iso(noon + seconds(3600)) }));
    const over = spent('m_1', await bench.openCampaign({ endsAt: iso(bench.time.now + 1) }));
    bench.time.now += 1;
    for (const { heard } of [unknown, elsewhere, here, soon, over])
      await onPointsSpent(bench.desk.claims, clock)(heard);
    expect(await Promise.all([unknown, elsewhere, here, soon, over].map(wordOf))).toEqual([
      'campaign_not_found',
      'region_not_covered',
      '1 code',
      'campaign_not_open',
      'campaign_ended',
    ]);
  });

  it('is one code after its process was killed before the write, after it, and before the event was out', async () => {
    const campaign = await bench.openCampaign({ quota: 50, allotment: {} });
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const dying = bench.open(proxy.endpoint);
    // What it asks is heard, and its answer never comes; or it is not heard at all.
    for (const fate of ['lost', 'unheard'] as const) {
      const one = spent(`m_${fate}`, campaign);
      await onPointsSpent(dying.claims, clock)(spent('m_warm', campaign).heard);
      let isDead = false;
      proxy.fault = ({ operation }) => {
        if (isDead) return 'refuse';
        isDead = operation === 'ExecuteTransaction' || operation === 'TransactWriteItems';
        return !isDead ? 'pass' : fate === 'lost' ? 'lose' : 'refuse';
      };
      await expect(onPointsSpent(dying.claims, clock)(one.heard)).rejects.toThrow(Unavailable);
      proxy.fault = () => 'pass';
      const left = await leftOf(campaign);
      const next = bench.open();
      await onPointsSpent(next.claims, clock)(one.heard);
      expect(await wordOf(one)).toBe('1 code');
      expect(await leftOf(campaign)).toBe(fate === 'lost' ? left : left - 1);
      // What the dead process did not publish, a relay does.
      next.store.outbox.start();
      bench.time.now += seconds(60);
      await until(async () => (await toldOf('code.claimed', one)) === 1, 'its event');
    }
    await proxy.stop();
  });
});
