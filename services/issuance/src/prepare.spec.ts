import { capacityFor } from '@fcode/infra/capacity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { close, pause } from './campaign.rules.ts';
import { type Bench, definitionWith, startBench } from './fixtures/bench.ts';
import {
  campaignAfter,
  campaignId,
  command,
  draft,
  drafting,
  ends,
  iso,
  noon,
  published,
  publishing,
  seconds,
} from './fixtures/drop.ts';
import { opensSoon, prepare } from './prepare.rule.ts';
import { type Prepared, preparedRef } from './prepared.ts';
import { leaseKind, leasesOf, leftIn } from './quota.ts';

const peak = { claimsPerSecond: 2000, ordersPerSecond: 1500 };
const plan = capacityFor(peak);
const after = (decision: ReturnType<typeof prepare>): Prepared => {
  const { initial, evolve } = preparedRef(campaignId);
  return ('facts' in decision ? decision.facts : []).reduce(evolve, initial);
};

describe('what is expected of a drop', () => {
  it('is said of a draft and of what is published, and answered by what it needs', () => {
    for (const campaign of [draft(), published()]) {
      const decision = prepare(command, peak, plan, {}, campaign);
      expect(decision).toMatchObject({
        outcome: 'accepted',
        receipt: { campaignId, ...peak, plan },
        facts: [{ type: 'campaign.prepared', data: { campaignId, by: 'olga', ...peak } }],
      });
      expect(after(decision)).toEqual({ peak });
    }
    const paused = campaignAfter(drafting(), publishing(), pause(command, published(), 'wait'));
    expect(prepare(command, peak, plan, {}, paused)).toMatchObject({ outcome: 'accepted' });
  });

  it('is no news when it is said again, and is when it is something else', () => {
    const prepared = after(prepare(command, peak, plan, {}, published()));
    expect(prepare(command, peak, plan, prepared, published())).toMatchObject({ outcome: 'again', receipt: { plan } });
    for (const other of [
      { ...peak, claimsPerSecond: 1 },
      { ...peak, ordersPerSecond: 1 },
    ]) {
      expect(prepare(command, other, plan, prepared, published())).toMatchObject({ outcome: 'accepted' });
    }
  });

  it('is not said of what is closed, over or not there', () => {
    const closed = campaignAfter(drafting(), close(command, draft(), 'a mistake'));
    expect(prepare(command, peak, plan, {}, closed)).toMatchObject({ refusal: 'campaign_closed' });
    expect(prepare({ ...command, at: ends }, peak, plan, {}, published())).toMatchObject({ refusal: 'campaign_ended' });
    expect(prepare({ ...command, at: ends - 1 }, peak, plan, {}, published())).toMatchObject({ outcome: 'accepted' });
    expect(prepare(command, peak, plan, {}, { status: 'none' })).toMatchObject({ refusal: 'campaign_not_found' });
  });
});

describe('a campaign that opens soon', () => {
  it('is one that is published, from an hour before its start to its end', () => {
    const hour = seconds(3600);
    expect(opensSoon(published(), noon - hour - 1)).toBe(false);
    expect([noon - hour, noon, ends - 1].map((at) => opensSoon(published(), at))).toEqual([true, true, true]);
    expect(opensSoon(published(), ends)).toBe(false);
    expect(opensSoon(draft(), noon)).toBe(false);
    expect(opensSoon({ status: 'none' }, noon)).toBe(false);
  });
});

describe('POST /v1/campaigns/{campaignId}/prepare', () => {
  let bench: Bench;
  let one: ReturnType<Bench['openApp']>;
  let other: ReturnType<Bench['openApp']>;
  beforeAll(async () => {
    bench = await startBench();
    [one, other] = [bench.openApp(), bench.openApp()];
    one.store.outbox.start();
    other.store.outbox.start();
  });
  afterAll(() => bench.stop());

  const ask = (desk: typeof one, campaign: string, body: object, key?: string) =>
    desk.ask('POST', `/v1/campaigns/${campaign}/prepare`, 'ops:olga', body, key);
  const leasesIn = async (campaign: string, lane?: number) => {
    const part = lane === undefined ? { campaignId: campaign } : { campaignId: campaign, lane };
    const { items } = await one.store.query({ ...leasesOf(part), limit: 100 }, leaseKind);
    return items.map(({ state }) => leftIn(state)).filter((left) => left > 0);
  };
  const told = async (campaign: string, count: number) => {
    // A relay may tell an event once more; that is the same event.
    const find = async () => {
      const said = await bench.logged('campaign.prepared');
      const ours = said.filter(({ subject }) => subject === `campaign/${campaign}`);
      return [...new Map(ours.map((event) => [event.id, event])).values()];
    };
    await expect.poll(async () => (await find()).length, { timeout: 10_000 }).toBe(count);
    return (await find()).map(({ data }) => data);
  };

  it('answers the plan, and tells it once however often and wherever it is asked', async () => {
    const campaign = await bench.openCampaign();
    const first = await ask(one, campaign, peak, 'wish-1');
    expect(first).toMatchObject({ status: 200, replayed: false, body: { campaignId: campaign, ...peak, plan } });
    for (const desk of [one, other]) {
      expect(await ask(desk, campaign, peak, 'wish-1')).toMatchObject({
        status: 200,
        replayed: true,
        body: first.body,
      });
      expect(await ask(desk, campaign, peak)).toMatchObject({ status: 200, body: first.body });
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => ask(n % 2 ? one : other, campaign, { ...peak, claimsPerSecond: 9 })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await told(campaign, 2)).toEqual([
      { campaignId: campaign, by: 'olga', ...peak },
      { campaignId: campaign, by: 'olga', ...peak, claimsPerSecond: 9 },
    ]);
    expect(await ask(one, campaign, { ...peak, ordersPerSecond: 1 }, 'wish-1')).toMatchObject({ status: 422 });
  });

  it('has each instance that is asked hold a slice of each part, and no more than that; claims come out of it', async () => {
    const campaign = await bench.openCampaign({
      quota: 1000,
      allotment: [
        { when: 'tier == "core"', codes: 1, places: 80 },
        { when: 'true', codes: 1 },
      ],
    });
    for (let asked = 0; asked < 3; asked += 1) await ask(one, campaign, peak);
    expect([await leasesIn(campaign), await leasesIn(campaign, 0)]).toEqual([[115], [10]]);
    await ask(other, campaign, { ...peak, claimsPerSecond: 1 });
    expect(await leasesIn(campaign)).toHaveLength(2);
    const claimed = await one.ask('POST', `/v1/campaigns/${campaign}/claims`, 'member:m_mia', {}, 'claim-1');
    expect(claimed.status).toBe(201);
    expect((await leasesIn(campaign)).toSorted((a, b) => b - a)[0]).toBe(114);
    const { left } = (await one.ask('GET', `/v1/campaigns/${campaign}`, 'ops:olga')).body;
    expect(left).toBe(999);
  });

  it('opens none where the campaign is a draft, is paused, or opens later than within the hour', async () => {
    const later = await bench.openCampaign({
      startsAt: iso(bench.time.now + seconds(3601)),
      endsAt: iso(bench.time.now + seconds(9000)),
    });
    expect(await ask(one, later, peak)).toMatchObject({ status: 200 });
    expect(await leasesIn(later)).toEqual([]);
    const made = await one.ask('POST', '/v1/campaigns', 'ops:olga', definitionWith(), 'a-draft');
    const drafted = String(made.body.campaignId);
    expect(await ask(one, drafted, peak)).toMatchObject({ status: 200 });
    expect(await leasesIn(drafted)).toEqual([]);
    const paused = await bench.openCampaign();
    await one.ask('POST', `/v1/campaigns/${paused}/pause`, 'ops:olga', { reason: 'wait' });
    expect(await ask(one, paused, peak)).toMatchObject({ status: 200 });
    expect(await leasesIn(paused)).toEqual([]);
  });

  it('refuses what is over, closed, not there or out of bounds, and whoever is not of ops', async () => {
    const wordOf = async (...about: Parameters<typeof ask>) => {
      const { status, body } = await ask(...about);
      return `${status} ${String(body.type).split(':').at(-1)}`;
    };
    const closed = await bench.openCampaign();
    await one.ask('POST', `/v1/campaigns/${closed}/close`, 'ops:olga', { reason: 'over' });
    expect(await wordOf(one, closed, peak)).toBe('409 campaign_closed');
    const short = await bench.openCampaign({ endsAt: iso(bench.time.now + 1) });
    bench.time.now += 1;
    expect(await wordOf(one, short, peak)).toBe('409 campaign_ended');
    expect(await wordOf(one, 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA', peak)).toBe('404 campaign_not_found');
    for (const wrong of [{ claimsPerSecond: 50_001 }, { ordersPerSecond: -1 }, { ordersPerSecond: 1.5 }]) {
      expect(await wordOf(one, closed, { ...peak, ...wrong })).toBe('422 invalid_request');
    }
    const member = await one.ask('POST', `/v1/campaigns/${closed}/prepare`, 'member:m_mia', peak);
    expect(member.status).toBe(403);
  });
});
