import { startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesOf, batchKind } from './batch.ts';
import { type Bench, request, startBench } from './fixtures/bench.ts';
import { grantsOf } from './grant-job.ts';
import { grantedRef } from './member-codes.ts';
import { poolRef } from './quota.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

type Instance = ReturnType<Bench['open']>;
const grantOn = (instance: Instance, campaignId: string, codes: number, reference?: string) =>
  instance.grant({ campaignId, codes, ...(reference === undefined ? {} : { reference }) });
const batchesIn = async (campaignId: string) => {
  const { items } = await bench.desk.store.query({ pk: batchesOf(campaignId), limit: 100 }, batchKind);
  return items.flatMap(({ state }) => (state.status === 'created' && state.origin.kind === 'grant' ? [state] : []));
};
const poolLeft = async (campaignId: string) => {
  const [{ state }] = await bench.desk.store.read([poolRef({ campaignId })]);
  return state.status === 'none' ? 0 : state.left;
};
const wordOf = (decision: { outcome: string; refusal?: string }) => decision.refusal ?? decision.outcome;

describe('a grant', () => {
  it('takes exactly its codes from the quota, up to the last one and not by one more', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    expect(await grantOn(bench.desk, campaignId, 60)).toMatchObject({
      outcome: 'accepted',
      receipt: { status: 'done' },
    });
    expect(await grantOn(bench.desk, campaignId, 41)).toMatchObject({
      refusal: 'quota_exceeded',
      reasons: [{ code: 'codes_left', left: 40, wanted: 41 }],
    });
    expect(await poolLeft(campaignId)).toBe(40);
    expect(await grantOn(bench.desk, campaignId, 40)).toMatchObject({ outcome: 'accepted' });
    expect(await grantOn(bench.desk, campaignId, 1)).toMatchObject({ refusal: 'quota_exceeded' });
    expect((await batchesIn(campaignId)).map(({ size }) => size)).toEqual([60, 40]);
  });

  it('counts what members have claimed, and fetches back what instances hold and do not use', async () => {
    const busy = bench.open();
    const campaignId = await bench.openCampaign({ quota: 100, allotment: { fan: 1 } });
    await busy.claim(campaignId, 'm_mia', 'wish');
    expect(await poolLeft(campaignId)).toBeLessThan(99);
    expect(await grantOn(bench.desk, campaignId, 100)).toMatchObject({
      refusal: 'quota_exceeded',
      reasons: [{ left: 99, wanted: 100 }],
    });
    expect(await grantOn(bench.desk, campaignId, 99)).toMatchObject({ outcome: 'accepted' });
    expect(wordOf(await busy.claim(campaignId, 'm_bob', 'wish'))).toBe('sold_out');
  });

  it('of two at once on the same last codes succeeds once, in ten tries out of ten', async () => {
    const [one, other] = [bench.open(), bench.open()];
    for (let round = 0; round < 10; round += 1) {
      const campaignId = await bench.openCampaign({ quota: 10 });
      const decisions = await Promise.all([grantOn(one, campaignId, 6), grantOn(other, campaignId, 6)]);
      expect(decisions.map(wordOf).sort()).toEqual(['accepted', 'quota_exceeded']);
      expect(await poolLeft(campaignId)).toBe(4);
    }
  });

  it('beside claims never hands out more than the quota', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 30, allotment: { fan: 1 } });
    const claims = Array.from({ length: 25 }, (_, member) => one.claim(campaignId, `m_${member}`, 'wish'));
    const grants = Array.from({ length: 4 }, () => grantOn(other, campaignId, 5));
    const [claimed, granted] = await Promise.all([Promise.all(claims), Promise.all(grants)]);
    const codes =
      claimed.filter(({ outcome }) => outcome === 'accepted').length +
      5 * granted.filter(({ outcome }) => outcome === 'accepted').length;
    expect(codes).toBeLessThanOrEqual(30);
    expect(await bench.desk.claims.left({ campaignId }, request(bench.time.now))).toBe(30 - codes);
    // Sold out is said only when it is so.
    const honest = new Set(codes === 30 ? ['accepted', 'sold_out'] : ['accepted']);
    expect(claimed.map(wordOf).filter((word) => !honest.has(word))).toEqual([]);
  });
});

describe('the same grant sent twice', () => {
  it('at once, on two instances, is one batch and one answer', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaignId = await bench.openCampaign({ quota: 100 });
    const decisions = await Promise.all(
      [one, other, one, other].map((instance) => grantOn(instance, campaignId, 10, 'same')),
    );
    expect(decisions.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'again', 'again', 'again']);
    const receipts = decisions.map((decision) => decision.outcome !== 'refused' && decision.receipt);
    for (const receipt of receipts) expect(receipt).toEqual(receipts[0]);
    expect(await batchesIn(campaignId)).toHaveLength(1);
    expect(await poolLeft(campaignId)).toBe(90);
  });

  it('later, gets the first answer although nothing is left', async () => {
    const campaignId = await bench.openCampaign({ quota: 10 });
    const first = await grantOn(bench.desk, campaignId, 10, 'same');
    const again = await grantOn(bench.desk, campaignId, 10, 'same');
    expect(again.outcome).toBe('again');
    expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
  });

  it('with other codes under the reference is refused, also at the same time', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const decisions = await Promise.all([
      grantOn(bench.desk, campaignId, 10, 'same'),
      grantOn(bench.open(), campaignId, 20, 'same'),
    ]);
    expect(decisions.map(wordOf).sort()).toEqual(['accepted', 'reference_taken']);
    expect(await grantOn(bench.desk, campaignId, 30, 'same')).toMatchObject({ refusal: 'reference_taken' });
    expect(await batchesIn(campaignId)).toHaveLength(1);
  });
});

describe('a code by name', () => {
  const named = (instance: Instance, campaignId: string, name: string, reference?: string) =>
    instance.grant({
      campaignId,
      to: 'named',
      codes: 10,
      named: { name, perBuyer: 1 },
      ...(reference === undefined ? {} : { reference }),
    });

  it('is a batch with its name, and takes its uses from the quota', async () => {
    const campaignId = await bench.openCampaign({ quota: 15 });
    expect(await named(bench.desk, campaignId, 'SPRING-1')).toMatchObject({ outcome: 'accepted' });
    expect(await batchesIn(campaignId)).toMatchObject([{ size: 10, named: { name: 'SPRING-1', perBuyer: 1 } }]);
    expect(await poolLeft(campaignId)).toBe(5);
    expect(await named(bench.desk, campaignId, 'SPRING-2')).toMatchObject({ refusal: 'quota_exceeded' });
    // Nothing was granted by that name.
    expect(await named(bench.desk, await bench.openCampaign({ quota: 15 }), 'SPRING-2')).toMatchObject({
      outcome: 'accepted',
    });
  });

  it('has a name that no other has, in whatever campaign and however it is written', async () => {
    const [first, second] = [await bench.openCampaign({ quota: 50 }), await bench.openCampaign({ quota: 50 })];
    expect(await named(bench.desk, first, '橙色 星期五')).toMatchObject({ outcome: 'accepted' });
    for (const [campaignId, name] of [
      [first, '橙色 星期五'],
      [second, '橙色-星期五'],
    ] as const) {
      expect(await named(bench.desk, campaignId, name)).toMatchObject({ refusal: 'name_taken' });
      expect(await poolLeft(campaignId)).toBe(campaignId === first ? 40 : 50);
    }
  });

  it('of two of one name at once, in two campaigns, is there once, in ten tries out of ten', async () => {
    const [one, other] = [bench.open(), bench.open()];
    const campaigns = [await bench.openCampaign({ quota: 200 }), await bench.openCampaign({ quota: 200 })] as const;
    for (let round = 0; round < 10; round += 1) {
      const decisions = await Promise.all([
        named(one, campaigns[0], `RUSH-${round}`),
        named(other, campaigns[1], `rush ${round}`),
      ]);
      expect(decisions.map(wordOf).sort()).toEqual(['accepted', 'name_taken']);
    }
    expect((await poolLeft(campaigns[0])) + (await poolLeft(campaigns[1]))).toBe(300);
  });

  it('is granted once for one reference, and asked for again gets its first answer though the name is taken by then', async () => {
    const campaignId = await bench.openCampaign({ quota: 50 });
    const first = await named(bench.desk, campaignId, 'ONCE', 'same');
    const again = await named(bench.open(), campaignId, 'ONCE', 'same');
    expect(again).toMatchObject({ outcome: 'again' });
    expect(again.outcome !== 'refused' && again.receipt).toEqual(first.outcome === 'accepted' && first.receipt);
  });
});

describe('a grant to members', () => {
  it('is finished by the next turn when the store refused some of them half way', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const members = Array.from({ length: 130 }, (_, n) => ({ memberId: `m_${String(n).padStart(3, '0')}`, codes: 1 }));
    const file = await bench.desk.jobs.fileOf(campaignId, members, bench.time.now);
    const decision = await bench.desk.grant({ campaignId, to: 'members', ...file });
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { status: 'running' } });
    const sk = decision.outcome === 'refused' ? '' : decision.receipt.grantId;
    const due = { pk: grantsOf(campaignId), sk };
    const batch = (await batchesIn(campaignId))[0]?.batch ?? -1;
    const indexesOf = async (memberId: string) =>
      (await bench.desk.store.read([grantedRef(memberId, batch)]))[0].state.codes.map(({ index }) => index);
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { jobs } = bench.open(proxy.endpoint);
    proxy.fault = ({ operation, body }) =>
      operation === 'TransactWriteItems' && body.includes('member/m_07')
        ? { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' } }
        : 'pass';
    await expect(jobs.work(due)).rejects.toThrow(/ValidationException|no/);
    await until(async () => (await indexesOf('m_129')).length === 1);
    expect(await indexesOf('m_070')).toEqual([]);

    proxy.fault = () => 'pass';
    await jobs.work(due);
    const indexes = await Promise.all(members.map(({ memberId }) => indexesOf(memberId)));
    expect(indexes.flat()).toEqual(members.map((_, index) => index));
    const events = await until(async () => {
      const found = (await bench.logged('code.claimed')).filter(
        ({ data }) => (data as { batch: number }).batch === batch,
      );
      return found.length >= 130 ? found : undefined;
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(130);
    expect(events.every(({ data }) => (data as { how: string }).how === 'granted')).toBe(true);
    await proxy.stop();
  });
});
