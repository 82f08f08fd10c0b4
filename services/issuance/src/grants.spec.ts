import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StoreBusy } from '@fcode/dynamo';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, request, startBench } from './fixtures/bench.ts';
import { iso, seconds } from './fixtures/drop.ts';
import { grantRef, grantsOf } from './grant-job.ts';
import { grantedRef } from './member-codes.ts';
import { poolRef } from './quota.ts';

let bench: Bench;
let issuance: ReturnType<Bench['openApp']>;
let other: ReturnType<Bench['openApp']>;
beforeAll(async () => {
  bench = await startBench();
  [issuance, other] = [bench.openApp(), bench.openApp()];
});
afterAll(() => bench.stop());

const olga = 'ops:olga';
const oscar = 'ops:oscar';
const oona = 'ops:oona';
let references = 0;
const fresh = () => `PR-${references++}`;
const pathOf = (campaignId: string) => `/v1/campaigns/${campaignId}/grants`;

const ask = (campaignId: string, to: object, { reference = fresh(), as = olga, on = issuance } = {}) =>
  on.ask('POST', pathOf(campaignId), as, { to, reason: 'press', reference });
const upload = async (
  campaignId: string,
  csv: string | Uint8Array,
  { reference = fresh(), as = olga, on = issuance } = {},
) => {
  const answer = await on.service.app.request(`${pathOf(campaignId)}/csv?reason=press&reference=${reference}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'text/csv' },
    body: csv as never,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const approve = (campaignId: string, grantId: unknown, as = oscar, on = issuance) =>
  on.ask('POST', `${pathOf(campaignId)}/${String(grantId)}/approve`, as, {});
const cancel = (campaignId: string, grantId: unknown, as = oscar, on = issuance) =>
  on.ask('POST', `${pathOf(campaignId)}/${String(grantId)}/cancel`, as, { reason: 'the wrong file' });
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
/** One turn, as the timers give it: where the store is busy, another comes. */
const turn = (campaignId: string, grantId: unknown, on = bench.desk) =>
  on.jobs.work({ pk: grantsOf(campaignId), sk: String(grantId) }).catch((error) => {
    if (!(error instanceof StoreBusy)) throw error;
  });
const work = async (campaignId: string, grantId: unknown, on = bench.desk) => {
  for (;;) {
    await turn(campaignId, grantId, on);
    if ((await look(campaignId, grantId)).status !== 'running') return;
  }
};
const wordOf = ({ status, body }: { status: number; body: Record<string, unknown> }) =>
  status < 300 ? String(body.status) : String(body.type).replace('urn:fcode:problem:', '');
const left = async (campaignId: string) => {
  const [{ state }] = await bench.desk.store.read([poolRef({ campaignId })]);
  return state.status === 'none' ? 0 : state.left;
};
const codesOf = async (memberId: string, batch: unknown) => {
  const [{ state }] = await bench.desk.store.read([grantedRef(memberId, Number(batch))], performance.now() + 10_000);
  return state.codes.map(({ index }) => index);
};
const csvOf = (count: number, from = 0, codes = (n: number) => 1 + (n % 3)) =>
  Array.from({ length: count }, (_, n) => `m_${from + n},${codes(n)}`).join('\n');

describe('a grant that ops ask for', () => {
  it('says what is left for it, apart from what rules reserve until they are over, or is for those who wait', async () => {
    const until = iso(bench.time.now + seconds(60));
    const allotment = [
      { when: 'true', codes: 1, places: 20, until },
      { when: 'true', codes: 1, places: 5 },
    ];
    const wanted = async (rest: object) => {
      const campaignId = await bench.openCampaign({ quota: 100, allotment, ...rest });
      const { body } = await ask(campaignId, { bearer: 30 });
      return { campaignId, quota: async () => (await look(campaignId, body.grantId)).quota };
    };
    const drop = await wanted({});
    const waited = await wanted({ waitlist: { offerSeconds: 60 } });
    expect(await drop.quota()).toEqual({ left: 75, reserved: 25, share: 0.4 });
    expect(await waited.quota()).toEqual({ left: 75, reserved: 25, share: 0.4 });
    bench.time.now += seconds(61);
    expect(await drop.quota()).toEqual({ left: 95, reserved: 5, share: 30 / 95 });
    expect(await waited.quota()).toEqual({ left: 75, reserved: 25, share: 0.4 });
    expect(await bench.desk.claims.gather(drop.campaignId, 95, request(bench.time.now))).toBe(95);
    expect(await bench.desk.claims.gather(waited.campaignId, 75, request(bench.time.now))).toBe(75);
  });

  it('gives nothing until somebody else has approved it', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const asked = await ask(campaignId, { bearer: 40 });
    expect([asked.status, asked.body.status]).toEqual([201, 'waiting']);
    const { grantId } = asked.body;
    expect(await look(campaignId, grantId)).toMatchObject({
      codes: 40,
      needed: 1,
      approvals: [],
      quota: { left: 100, reserved: 0, share: 0.4 },
    });
    expect(await left(campaignId)).toBe(100);
    expect(wordOf(await approve(campaignId, grantId, olga))).toBe('approver_asked');
    expect(wordOf(await approve(campaignId, grantId))).toBe('done');
    expect(wordOf(await approve(campaignId, grantId))).toBe('done');
    expect(await left(campaignId)).toBe(60);
    const made = await look(campaignId, grantId);
    expect(made).toMatchObject({ status: 'done', approvals: [{ by: 'oscar' }], batch: expect.any(Number) });
    const { body } = await issuance.ask('GET', `/v1/campaigns/${campaignId}/batches`, olga);
    expect((body.items as object[])[0]).toMatchObject({ batch: made.batch, size: 40, grantedBy: 'olga' });
  });

  it('needs two others where it is large, who are two', async () => {
    const campaignId = await bench.openCampaign({ quota: 200_000 });
    const { grantId } = (await ask(campaignId, { bearer: 100_000 })).body;
    expect(wordOf(await approve(campaignId, grantId, oscar))).toBe('waiting');
    expect(wordOf(await approve(campaignId, grantId, oscar))).toBe('waiting');
    expect(await left(campaignId)).toBe(200_000);
    expect(wordOf(await approve(campaignId, grantId, oona))).toBe('done');
    expect(await left(campaignId)).toBe(100_000);
  });

  it('is one by its reference, for the same again, and refused for another', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const reference = fresh();
    const answers = await Promise.all(
      [issuance, other, issuance, other].map((on) => ask(campaignId, { bearer: 10 }, { reference, on })),
    );
    expect(new Set(answers.map(({ body }) => body.grantId)).size).toBe(1);
    expect(wordOf(await ask(campaignId, { bearer: 11 }, { reference }))).toBe('reference_taken');
    const { grantId } = answers[0]?.body ?? {};
    expect(wordOf(await cancel(campaignId, grantId))).toBe('cancelled');
    // What was cancelled may be asked for anew.
    const anew = await ask(campaignId, { bearer: 11 }, { reference });
    expect(wordOf(anew)).toBe('waiting');
    expect(anew.body.grantId).not.toBe(grantId);
    // It says why it was, beside why it was asked for.
    expect(await look(campaignId, grantId)).toMatchObject({
      status: 'cancelled',
      cancelledBy: 'oscar',
      reason: 'press',
      cancelReason: 'the wrong file',
    });
    expect(await look(campaignId, anew.body.grantId)).not.toHaveProperty('cancelReason');
  });

  it('to the same members as a cancelled one is another under its reference, also of two who ask at once', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const reference = fresh();
    const { grantId } = (await upload(campaignId, 'm_1,1', { reference })).body;
    expect(wordOf(await cancel(campaignId, grantId))).toBe('cancelled');
    const anew = await Promise.all([issuance, other].map((on) => upload(campaignId, 'm_1,1', { reference, on })));
    expect(anew.map(wordOf)).toEqual(['waiting', 'waiting']);
    expect(new Set([grantId, ...anew.map(({ body }) => body.grantId)]).size).toBe(2);
  });

  it('says who exported its codes last, and when', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const { grantId } = (await ask(campaignId, { bearer: 10, canaries: 2 })).body;
    await approve(campaignId, grantId);
    const { batch } = await look(campaignId, grantId);
    const path = `/v1/campaigns/${campaignId}/batches/${String(batch)}`;
    const begun = bench.time.now;
    await issuance.ask('GET', `${path}/canaries`, olga);
    await issuance.service.app.request(`${path}/codes.csv`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${olga}` },
    });
    expect(await look(campaignId, grantId)).not.toHaveProperty('exported');
    for (const by of ['oscar', 'oona']) {
      bench.time.now += 60_000;
      const file = await issuance.service.app.request(`${path}/codes.csv`, {
        headers: { authorization: `Bearer ops:${by}` },
      });
      expect((await file.text()).split('\r\n')).toHaveLength(14);
      const exported = { by, at: new Date(bench.time.now).toISOString() };
      expect((await look(campaignId, grantId)).exported).toEqual(exported);
      const { body } = await issuance.ask('GET', `/v1/campaigns/${campaignId}/batches`, olga);
      expect((body.items as object[])[0]).toMatchObject({ batch, exported });
    }
    bench.time.now = begun;
  });

  it('answers a retry under its key as it did first, whatever became of the grant', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const body = { to: { bearer: 10 }, reason: 'press', reference: fresh() };
    const asking = (on = issuance) => on.ask('POST', pathOf(campaignId), olga, body, 'asked');
    const first = await asking();
    const { grantId } = first.body;
    const one = `${pathOf(campaignId)}/${String(grantId)}`;
    const cancelling = () => issuance.ask('POST', `${one}/cancel`, oscar, { reason: 'the wrong count' }, 'cancelled');
    expect(wordOf(await cancelling())).toBe('cancelled');
    expect([await asking(other), wordOf(await cancelling())]).toEqual([{ ...first, replayed: true }, 'cancelled']);
    // No second grant came of the late retry; one under a key of its own may.
    const anew = await issuance.ask('POST', pathOf(campaignId), olga, body, 'anew');
    expect(anew.body.grantId).not.toBe(grantId);
    const approving = (as: string, key: string) =>
      other.ask('POST', `${pathOf(campaignId)}/${String(anew.body.grantId)}/approve`, as, {}, key);
    expect(wordOf(await approving(oscar, 'approved'))).toBe('done');
    expect([await approving(oscar, 'approved'), wordOf(await approving(oona, 'late'))]).toMatchObject([
      { body: { grantId: anew.body.grantId, status: 'done' }, replayed: true },
      'grant_started',
    ]);
    expect(await left(campaignId)).toBe(90);
  });

  it('is approved or cancelled when both are asked at once, never both, in ten tries out of ten', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    let approved = 0;
    for (let round = 0; round < 10; round += 1) {
      const { grantId } = (await ask(campaignId, { bearer: 10 })).body;
      const words = (
        await Promise.all([approve(campaignId, grantId, oscar, issuance), cancel(campaignId, grantId, oona, other)])
      ).map(wordOf);
      const { status } = await look(campaignId, grantId);
      expect(words).toEqual(status === 'done' ? ['done', 'grant_started'] : ['grant_cancelled', 'cancelled']);
      if (status === 'done') approved += 1;
    }
    expect(await left(campaignId)).toBe(1000 - 10 * approved);
  });

  it('is one batch when two approve at once, in ten tries out of ten', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    for (let round = 0; round < 10; round += 1) {
      const { grantId } = (await ask(campaignId, { bearer: 10 })).body;
      const answers = await Promise.all([
        approve(campaignId, grantId, oscar, issuance),
        approve(campaignId, grantId, oona, other),
      ]);
      expect(answers.map(wordOf).sort()).toEqual(['done', 'grant_started']);
    }
    expect(await left(campaignId)).toBe(900);
  });

  it('takes all of its codes from the quota or none', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const [one, two] = [await ask(campaignId, { bearer: 60 }), await ask(campaignId, { bearer: 60 })];
    expect(wordOf(await approve(campaignId, one.body.grantId))).toBe('done');
    const refused = await approve(campaignId, two.body.grantId);
    expect(refused.body).toMatchObject({
      type: expect.stringContaining('quota_exceeded'),
      reasons: [{ left: 40, wanted: 60 }],
    });
    expect(await look(campaignId, two.body.grantId)).toMatchObject({ status: 'waiting', approvals: [] });
    expect(await left(campaignId)).toBe(40);
  });

  it('may be a code by name, and some members', async () => {
    const campaignId = await bench.openCampaign({ quota: 100 });
    const named = await ask(campaignId, { name: 'JOB-2026', uses: 10, perBuyer: 1 });
    expect(wordOf(await approve(campaignId, named.body.grantId))).toBe('done');
    const members = await ask(campaignId, {
      members: [
        { memberId: 'm_a', codes: 2 },
        { memberId: 'm_b', codes: 1 },
      ],
    });
    expect(wordOf(await approve(campaignId, members.body.grantId))).toBe('running');
    await work(campaignId, members.body.grantId);
    const { batch } = await look(campaignId, members.body.grantId);
    expect([await codesOf('m_a', batch), await codesOf('m_b', batch)]).toEqual([[0, 1], [2]]);
    expect(await left(campaignId)).toBe(87);
  });

  it('is refused where there is nothing to grant from', async () => {
    const nowhere = 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA';
    expect(wordOf(await ask(nowhere, { bearer: 1 }))).toBe('campaign_not_found');
    expect(wordOf(await upload(nowhere, csvOf(3)))).toBe('campaign_not_found');
    const campaignId = await bench.openCampaign({ quota: 100 });
    expect((await issuance.ask('GET', `${pathOf(campaignId)}/gr_01J8Z0K7Q2W3E4R5T6Y7V8B9NA`, olga)).status).toBe(404);
    expect(wordOf(await approve(campaignId, 'gr_01J8Z0K7Q2W3E4R5T6Y7V8B9NA'))).toBe('grant_not_found');
    expect((await ask(campaignId, { bearer: 1 }, { as: 'member:m_mia' })).status).toBe(403);
  });
});

describe('a file of members', () => {
  it('gives each row its codes, and each row has its result, also those that are none', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const csv = `\uFEFFmember_id,codes\r\n${csvOf(2500)}\r\n"m_2500",2\n,1\nm_x,0\nm_x,101\nm_x,1.5\n=cmd,1\nm_x,1,2\nm_x\n\nm_0,5\n`;
    const asked = await upload(campaignId, csv);
    expect(asked.body).toMatchObject({ status: 'waiting' });
    const { grantId } = asked.body;
    const codes = Array.from({ length: 2500 }, (_, n) => 1 + (n % 3)).reduce((sum, more) => sum + more, 2 + 5);
    const waiting = await look(campaignId, grantId);
    expect(waiting).toMatchObject({
      to: 'members',
      file: { rows: 2509, invalid: 7, members: 2501, tiers: { byTier: expect.any(Object) }, overlap: { members: 0 } },
    });
    expect(waiting.codes).toBe(codes);
    expect((await rows(campaignId, grantId)).every(({ result }) => result !== 'granted')).toBe(true);
    expect(wordOf(await approve(campaignId, grantId))).toBe('running');
    await work(campaignId, grantId);
    const done = await look(campaignId, grantId);
    expect(done).toMatchObject({ status: 'done', progress: { rows: 2509, done: 2509, percent: 100, granted: 2502 } });
    const results = await rows(campaignId, grantId);
    expect(results.map(({ row }) => row)).toEqual(Array.from({ length: 2509 }, (_, n) => n + 1));
    expect(results.filter(({ result }) => result !== 'granted').map(({ row, result }) => [row, result])).toEqual([
      [2502, 'no_member'],
      [2503, 'no_count'],
      [2504, 'no_count'],
      [2505, 'no_count'],
      [2506, 'no_member'],
      [2507, 'too_many_fields'],
      [2508, 'no_count'],
    ]);
    // Every index once, and each member's are what the rows say.
    const given = results.flatMap(({ from, codes }) =>
      from === undefined ? [] : Array.from({ length: Number(codes) }, (_, n) => Number(from) + n),
    );
    expect(given).toEqual(Array.from({ length: codes }, (_, n) => n));
    expect(await codesOf('m_1', done.batch)).toEqual([1, 2]);
    expect((await codesOf('m_0', done.batch)).length).toBe(6);
    expect(await left(campaignId)).toBe(10_000 - codes);
  });

  it('shows whom earlier grants of the campaign name as well', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    await bench.pin('m_50', 'core');
    await upload(campaignId, csvOf(100, 0));
    await upload(campaignId, csvOf(10, 95));
    const asked = await upload(campaignId, csvOf(100, 50));
    const { file } = await look(campaignId, asked.body.grantId);
    expect(file).toMatchObject({
      members: 100,
      overlap: { members: 55, grants: 2 },
      tiers: { sampled: 100, byTier: { core: 1, fan: 99 }, unknown: 99 },
    });
  });

  it('says of how many members nothing was ever heard, each once, and by a sample where they are many', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    await bench.badge('m_kai', 'tester');
    await bench.pin('m_zoe', 'core');
    const few = await upload(campaignId, 'm_kai,1\nm_kia,1\nm_zoe,2\nm_kia,1\n!!,1');
    expect((await look(campaignId, few.body.grantId)).file).toMatchObject({
      members: 3,
      tiers: { sampled: 3, unknown: 1 },
    });
    const many = await upload(campaignId, csvOf(2500, 20_000));
    expect((await look(campaignId, many.body.grantId)).file).toMatchObject({
      members: 2500,
      tiers: { sampled: 2000, unknown: 2000 },
    });
    const { body } = await ask(campaignId, { members: [{ memberId: 'm_kai', codes: 1 }] });
    expect((await look(campaignId, body.grantId)).file).toMatchObject({ tiers: { sampled: 1, unknown: 0 } });
  });

  it('is one grant by its reference, when it is sent twice at once', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const reference = fresh();
    const answers = await Promise.all([
      upload(campaignId, csvOf(1500), { reference, on: issuance }),
      upload(campaignId, csvOf(1500), { reference, on: other }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(new Set(answers.map(({ body }) => body.grantId)).size).toBe(1);
    expect(wordOf(await upload(campaignId, csvOf(1501), { reference }))).toBe('reference_taken');
    const two = await Promise.all([
      upload(campaignId, csvOf(10), { reference: `${reference}-b`, on: issuance }),
      upload(campaignId, csvOf(11), { reference: `${reference}-b`, on: other }),
    ]);
    expect(two.map(wordOf).sort()).toEqual(['reference_taken', 'waiting']);
  });

  it('goes on where it was, by another process, and by two at once, and gives nobody more or less', async () => {
    const campaignId = await bench.openCampaign({ quota: 100_000 });
    const { grantId } = (await upload(campaignId, csvOf(3000))).body;
    await approve(campaignId, grantId);
    const [one, two] = [bench.open(), bench.open()];
    await Promise.all([one, two, one].map((on) => turn(campaignId, grantId, on)));
    await work(campaignId, grantId);
    const done = await look(campaignId, grantId);
    expect(done).toMatchObject({ status: 'done', progress: { granted: 3000 } });
    const counts: number[] = [];
    for (let from = 0; from < 3000; from += 100) {
      const members = Array.from({ length: 100 }, (_, n) => `m_${from + n}`);
      counts.push(...(await Promise.all(members.map((each) => codesOf(each, done.batch)))).map(({ length }) => length));
    }
    expect(counts).toEqual(Array.from({ length: 3000 }, (_, n) => 1 + (n % 3)));
    const finished = (await bench.logged('grant.finished')).filter(
      ({ subject }) => subject === `grant/${String(grantId)}`,
    );
    expect(new Set(finished.map(({ id }) => id)).size).toBe(1);
  });

  it('survives ten kills at random moments: one result a row, and nobody has more or less than the file says', async () => {
    const campaignId = await bench.openCampaign({ quota: 100_000 });
    const count = 10_000;
    const { grantId } = (await upload(campaignId, csvOf(count, 10_000))).body;
    await approve(campaignId, grantId);
    const worker = fileURLToPath(new URL('fixtures/grant-worker.ts', import.meta.url));
    const given = [
      worker,
      bench.engine.endpoint,
      join(bench.engine.folder, 'log.sqlite'),
      grantsOf(campaignId),
      String(grantId),
    ];
    let within = 700;
    for (let kills = 0; kills < 10; kills += 1) {
      const child = spawn(process.execPath, given, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await sleep(50 + Math.random() * within);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const { status, progress } = await look(campaignId, grantId);
      // Nothing is shown by a grant that was done already, nor by one that never gets anywhere.
      expect(status).toBe('running');
      if ((progress as { done: number }).done === 0) within += 300;
      else within = 700;
    }
    expect((await look(campaignId, grantId)).progress).not.toMatchObject({ done: 0 });
    await work(campaignId, grantId);
    const done = await look(campaignId, grantId);
    expect(done).toMatchObject({ status: 'done', progress: { rows: count, done: count, granted: count } });
    const results = await rows(campaignId, grantId);
    expect(results).toHaveLength(count);
    expect(results.every(({ result }) => result === 'granted')).toBe(true);
    for (let from = 0; from < count; from += 100) {
      const members = results.slice(from, from + 100);
      const found = await Promise.all(members.map(({ memberId }) => codesOf(String(memberId), done.batch)));
      expect(found).toEqual(
        members.map(({ from, codes }) => Array.from({ length: Number(codes) }, (_, n) => Number(from) + n)),
      );
    }
  }, 120_000);

  it('is done by whoever looks at what is due, and tells each member’s codes once', async () => {
    const started = bench.openApp();
    await started.service.start();
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const { grantId } = (await upload(campaignId, csvOf(40, 7000))).body;
    await approve(campaignId, grantId);
    await until(async () => (await look(campaignId, grantId)).status === 'done');
    const claimed = await until(async () => {
      const told = (await bench.logged('code.claimed')).filter(
        ({ data }) => (data as { campaignId: string }).campaignId === campaignId,
      );
      return new Set(told.map(({ id }) => id)).size === 79 ? told : undefined;
    });
    expect(new Set(claimed.map(({ subject }) => subject)).size).toBe(79);
  });

  it.each([
    ['no rows', 'member_id,codes\n', 'nothing_to_grant'],
    ['an open quote', 'm_1,1\nm_2,"1\nm_3,1\n', 'bad_file'],
    ['a row without an end', `m_1,1\n${'x'.repeat(5000)}`, 'bad_file'],
  ])('is refused with %s, and changes nothing', async (_, csv, word) => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    expect(wordOf(await upload(campaignId, csv))).toBe(word);
    const { body } = await issuance.ask('GET', pathOf(campaignId), olga);
    expect(body.items).toEqual([]);
  });

  it('must be sent as one, by ops, with a reason and a reference', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const send = async (query: string, type: string, as = olga) =>
      (
        await issuance.service.app.request(`${pathOf(campaignId)}/csv?${query}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${as}`, 'content-type': type },
          body: 'm_1,1',
        })
      ).status;
    expect(await send('reason=a&reference=b', 'application/json')).toBe(415);
    expect(await send('reason=a', 'text/csv')).toBe(422);
    expect(await send('reason=a&reference=b&x=1', 'text/csv')).toBe(422);
    expect(await send('reason=a&reference=b', 'text/csv', 'member:m_mia')).toBe(403);
    expect(await send('reason=a&reference=b', 'text/csv')).toBe(201);
  });

  it('that breaks off is no grant, and frees its reference', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const reference = fresh();
    const send = (body: ReadableStream<Uint8Array>) =>
      issuance.service.app.request(
        new Request(`http://issuance${pathOf(campaignId)}/csv?reason=press&reference=${reference}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${olga}`, 'content-type': 'text/csv' },
          body,
          duplex: 'half',
        } as RequestInit),
      );
    const brokenAfter = (pages: number) => {
      let sent = 0;
      return new ReadableStream<Uint8Array>({
        pull: (controller) => {
          sent += 1;
          if (sent > pages) controller.error(new Error('The connection was reset.'));
          else controller.enqueue(new TextEncoder().encode(`${csvOf(1500, sent * 1500)}\n`));
        },
      });
    };
    for (const pages of [0, 1, 3]) {
      const answer = await send(brokenAfter(pages));
      expect([answer.status, await answer.json()]).toMatchObject([
        422,
        { type: 'urn:fcode:problem:bad_file', detail: 'It broke off.' },
      ]);
    }
    expect((await issuance.ask('GET', pathOf(campaignId), olga)).body.items).toEqual([]);
    expect(await upload(campaignId, csvOf(3), { reference })).toMatchObject({
      status: 201,
      body: { status: 'waiting' },
    });
  });

  it('is due while it runs, and no longer', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const { grantId } = (await upload(campaignId, csvOf(3))).body;
    const dueAt = async () => {
      const ref = grantRef(campaignId, String(grantId));
      const [{ state }] = await bench.desk.store.read([ref]);
      return ref.indexed?.(state).dueAt;
    };
    expect(await dueAt()).toBeUndefined();
    await approve(campaignId, grantId);
    expect(await dueAt()).toBe(bench.time.now);
    await work(campaignId, grantId);
    expect(await dueAt()).toBeUndefined();
  });
});
