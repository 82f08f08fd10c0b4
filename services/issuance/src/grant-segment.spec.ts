import { StoreBusy } from '@fcode/dynamo';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, definitionWith, startBench } from './fixtures/bench.ts';
import { hear, type Resident, settle } from './fixtures/community.ts';
import { grantsOf } from './grant-job.ts';
import { grantedRef } from './member-codes.ts';

let bench: Bench;
let issuance: ReturnType<Bench['openApp']>;
let other: ReturnType<Bench['openApp']>;
/** More than a page of rows is of a thousand; every third is core, and every hundredth has a badge. */
const residents: Resident[] = Array.from({ length: 1500 }, (_, n) => ({
  memberId: `m_${n}`,
  score: n,
  pins: n % 3 === 0 ? ['core'] : [],
  badges: n % 100 === 0 ? ['tester'] : [],
}));
beforeAll(async () => {
  bench = await startBench();
  [issuance, other] = [bench.openApp(), bench.openApp()];
  await settle(bench.desk.store, residents);
});
afterAll(() => bench.stop());

const olga = 'ops:olga';
let references = 0;
const fresh = () => `SEG-${references++}`;
const pathOf = (campaignId: string) => `/v1/campaigns/${campaignId}/grants`;
const ask = (campaignId: string, to: object, { reference = fresh(), on = issuance } = {}) =>
  on.ask('POST', pathOf(campaignId), olga, { to, reason: 'press', reference });
const upload = async (campaignId: string, csv: string) => {
  const answer = await issuance.service.app.request(`${pathOf(campaignId)}/csv?reason=press&reference=${fresh()}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${olga}`, 'content-type': 'text/csv' },
    body: csv,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const approve = (campaignId: string, grantId: unknown) =>
  issuance.ask('POST', `${pathOf(campaignId)}/${String(grantId)}/approve`, 'ops:oscar', {});
const look = async (campaignId: string, grantId: unknown) =>
  (await issuance.ask('GET', `${pathOf(campaignId)}/${String(grantId)}`, olga)).body;
const rows = async (campaignId: string, grantId: unknown) => {
  const found: Record<string, unknown>[] = [];
  for (let page: number | undefined = 0; page !== undefined; ) {
    const { body } = await issuance.ask('GET', `${pathOf(campaignId)}/${String(grantId)}/rows?page=${page}`, olga);
    found.push(...(body.items as Record<string, unknown>[]));
    page = body.next as number | undefined;
  }
  return found;
};
const givenBy = async (campaignId: string, grantId: unknown) =>
  (await rows(campaignId, grantId)).map(({ memberId, codes }) => [memberId, codes]);
const work = async (campaignId: string, grantId: unknown) => {
  for (;;) {
    await bench.desk.jobs.work({ pk: grantsOf(campaignId), sk: String(grantId) }).catch((error) => {
      if (!(error instanceof StoreBusy)) throw error;
    });
    if ((await look(campaignId, grantId)).status !== 'running') return;
  }
};
const wordOf = ({ status, body }: { status: number; body: Record<string, unknown> }) =>
  status < 300 ? String(body.status) : String(body.type).replace('urn:fcode:problem:', '');
/** The highest first. */
const those = (holds: (n: number) => boolean) =>
  residents.flatMap(({ memberId }, n) => (holds(n) ? [memberId] : [])).toReversed();

describe('a grant to a segment', () => {
  it('has the rows of a file of its members, the same figures, and gives the same codes', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const members = those((n) => n >= 100);
    const asked = await ask(campaignId, { segment: 'score >= 99.9', codes: 2 });
    expect([asked.status, asked.body.status]).toEqual([201, 'waiting']);
    const filed = await upload(campaignId, members.map((memberId) => `${memberId},2`).join('\n'));
    // Where they stand in a file, only those say that have one.
    const inFile = (await rows(campaignId, filed.body.grantId)).map(({ line: _, ...row }) => row);
    expect(await rows(campaignId, asked.body.grantId)).toEqual(inFile);
    const { file, ...grant } = await look(campaignId, asked.body.grantId);
    expect(grant).toMatchObject({ to: 'members', segment: 'score >= 99.9', codes: 2 * members.length, needed: 1 });
    expect(file).toMatchObject({
      rows: 1400,
      invalid: 0,
      members: 1400,
      tiers: { sampled: 1400, byTier: { core: 466, fan: 934 } },
      overlap: { members: 0, grants: 0 },
    });
    // The file came later: the segment is an earlier grant that names the same members.
    expect((await look(campaignId, filed.body.grantId)).file).toMatchObject({ overlap: { members: 1400, grants: 1 } });

    expect(wordOf(await approve(campaignId, asked.body.grantId))).toBe('running');
    await work(campaignId, asked.body.grantId);
    const done = await look(campaignId, asked.body.grantId);
    expect(done).toMatchObject({ status: 'done', progress: { rows: 1400, granted: 1400 } });
    for (const { memberId, from } of (await rows(campaignId, asked.body.grantId)).filter((_, n) => n % 97 === 0)) {
      const [{ state }] = await bench.desk.store.read([grantedRef(String(memberId), Number(done.batch))]);
      expect(state.codes.map(({ index }) => index)).toEqual([Number(from), Number(from) + 1]);
    }
  }, 60_000);

  it('gives its places to the highest scores over all shards, and the last of them what is left', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const { grantId } = (await ask(campaignId, { segment: 'tier == "core"', codes: 2, places: 81 })).body;
    const core = those((n) => n % 3 === 0).slice(0, 41);
    expect(await givenBy(campaignId, grantId)).toEqual(core.map((memberId, n) => [memberId, n === 40 ? 1 : 2]));
    expect(await look(campaignId, grantId)).toMatchObject({ codes: 81 });
    const thousand = await ask(campaignId, { segment: 'true', codes: 1, places: 1000 });
    expect(await givenBy(campaignId, thousand.body.grantId)).toEqual(
      those((n) => n >= 500).map((memberId) => [memberId, 1]),
    );
  });

  it('is told with its condition, and how many it is for', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const { grantId } = (await ask(campaignId, { segment: '"tester" in badges', codes: 1 })).body;
    const told = await until(async () =>
      (await bench.logged('grant.requested')).find(({ subject }) => subject === `grant/${String(grantId)}`),
    );
    const whom = { segment: '"tester" in badges', members: 15 };
    expect(told.data).toMatchObject({ to: 'members', ...whom, codes: 15 });
    await approve(campaignId, grantId);
    const about = `grant/${String(grantId)}`;
    const approved = await until(async () =>
      (await bench.logged('grant.approved')).find(({ subject }) => subject === about),
    );
    expect(approved.data).toMatchObject(whom);
    const { batch } = approved.data as { batch: number };
    const created = await until(async () =>
      (await bench.logged('batch.created')).find(({ subject }) => subject === `batch/${batch}`),
    );
    expect(created.data).toMatchObject({ origin: { kind: 'grant', to: 'members', ...whom } });
    const members = [{ memberId: 'm_1', codes: 1 }];
    const { grantId: listed } = (await ask(campaignId, { members })).body;
    await issuance.ask('POST', `${pathOf(campaignId)}/${String(listed)}/cancel`, olga, { reason: 'wrong' });
    const cancelled = await until(async () =>
      (await bench.logged('grant.cancelled')).find(({ subject }) => subject === `grant/${String(listed)}`),
    );
    expect(cancelled.data).toMatchObject({ members: 1 });
    expect(cancelled.data).not.toHaveProperty('segment');
    const bearer = (await ask(campaignId, { bearer: 1 })).body.grantId;
    const plain = await until(async () =>
      (await bench.logged('grant.requested')).find(({ subject }) => subject === `grant/${String(bearer)}`),
    );
    for (const field of ['segment', 'members']) expect(plain.data).not.toHaveProperty(field);
  });

  it('is one by its reference, asked for twice at once, and later when others are of it; another one is refused', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const reference = fresh();
    const wanted = { segment: 'score < 49.5', codes: 1 };
    const answers = await Promise.all(
      [issuance, other, issuance, other].map((on) => ask(campaignId, wanted, { reference, on })),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.grantId)).size).toBe(1);
    await hear(bench.desk.store, [{ memberId: 'm_late', score: 1 }]);
    const again = await ask(campaignId, wanted, { reference });
    expect([again.status, again.body.grantId]).toEqual([201, answers[0]?.body.grantId]);
    expect(await look(campaignId, again.body.grantId)).toMatchObject({ codes: 50 });
    for (const to of [
      { ...wanted, codes: 2 },
      { ...wanted, places: 10 },
      { ...wanted, segment: 'score < 49' },
      { members: [{ memberId: 'm_1', codes: 1 }] },
    ]) {
      expect(wordOf(await ask(campaignId, to, { reference }))).toBe('reference_taken');
    }
    const raced = fresh();
    const two = await Promise.all([
      ask(campaignId, { segment: 'score < 10', codes: 1 }, { reference: raced }),
      ask(campaignId, { segment: 'score < 20', codes: 1 }, { reference: raced, on: other }),
    ]);
    expect(two.map(wordOf).sort()).toEqual(['reference_taken', 'waiting']);
  });

  it('is refused where nobody is of it, and where there is no campaign to grant from', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    expect(wordOf(await ask(campaignId, { segment: 'tier == "angel"', codes: 1 }))).toBe('nothing_to_grant');
    expect((await issuance.ask('GET', pathOf(campaignId), olga)).body.items).toEqual([]);
    const to = { segment: 'true', codes: 1 };
    expect(wordOf(await ask('cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA', to))).toBe('campaign_not_found');
  });

  it('refuses a bad condition as a campaign does, and counts out of range', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const when = 'tier == core';
    const refused = await ask(campaignId, { segment: when, codes: 1 });
    const definition = { ...definitionWith(), allotment: [{ when, codes: 1 }] };
    const created = await issuance.ask('POST', '/v1/campaigns', olga, definition, 'bad');
    const [said] = created.body.errors as object[];
    expect([refused.status, refused.body.errors]).toEqual([422, [{ ...said, pointer: '/to/segment' }]]);
    for (const bad of [
      { codes: 0 },
      { codes: 101 },
      { codes: 1.5 },
      { codes: 1, places: 0 },
      { codes: 1, more: 1 },
      {},
    ]) {
      expect((await ask(campaignId, { segment: 'true', ...bad })).status).toBe(422);
    }
  });
});
