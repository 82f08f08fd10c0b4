import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, request, startBench } from './fixtures/bench.ts';
import { grantsOf } from './grant-job.ts';

let bench: Bench;
let issuance: ReturnType<Bench['openApp']>;
beforeAll(async () => {
  bench = await startBench();
  issuance = bench.openApp();
});
afterAll(() => bench.stop());

interface Row {
  row: number;
  line?: number;
  text?: string;
  isUnknown?: boolean;
  memberId?: string;
  result: string;
}
interface Page {
  items: Row[];
  next?: number;
}
let references = 0;
const pathOf = (campaignId: string) => `/v1/campaigns/${campaignId}/grants`;
const upload = async (campaignId: string, rows: readonly string[]): Promise<string> => {
  references += 1;
  const answer = await issuance.service.app.request(
    `${pathOf(campaignId)}/csv?reason=press&reference=RES-${references}`,
    {
      method: 'POST',
      headers: { authorization: 'Bearer ops:olga', 'content-type': 'text/csv' },
      body: rows.join('\n'),
    },
  );
  expect(answer.status).toBe(201);
  return String(((await answer.json()) as Record<string, unknown>).grantId);
};
const page = async (campaignId: string, grantId: string, query: string): Promise<Page> => {
  const { status, body } = await issuance.ask('GET', `${pathOf(campaignId)}/${grantId}/rows?${query}`, 'ops:olga');
  expect(status).toBe(200);
  return body as unknown as Page;
};
/** All answers, one after the other. */
const answers = async (campaignId: string, grantId: string, result: string): Promise<Page[]> => {
  const found: Page[] = [];
  for (let next: number | undefined = 0; next !== undefined; next = found.at(-1)?.next) {
    found.push(await page(campaignId, grantId, `result=${result}&page=${next}`));
  }
  return found;
};
const rowsOf = async (...about: Parameters<typeof answers>) => (await answers(...about)).flatMap(({ items }) => items);
const approve = (campaignId: string, grantId: string) =>
  bench.desk.jobs.approve(campaignId, grantId, 'oscar', request(bench.time.now));
const work = async (campaignId: string, grantId: string): Promise<void> => {
  const { body } = await issuance.ask('GET', `${pathOf(campaignId)}/${grantId}`, 'ops:olga');
  if (body.status !== 'running') return;
  await bench.desk.jobs.work({ pk: grantsOf(campaignId), sk: grantId });
  return work(campaignId, grantId);
};

/** Four of them name no member, no count, or more than two things. */
const mixed = ['m_1,1', '!!,1', 'm_2,many', 'm_3,2', 'm_4,1,x', 'm_5,0', 'm_6,1'];

describe('rows of one result', () => {
  it('are those that wait, that were given, or that get nothing, as the grant goes on', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const grantId = await upload(campaignId, mixed);
    const numbers = async (result: string) => (await rowsOf(campaignId, grantId, result)).map(({ row }) => row);
    expect(await numbers('waiting')).toEqual([1, 4, 7]);
    expect(await numbers('granted')).toEqual([]);
    expect(await numbers('invalid')).toEqual([2, 3, 5, 6]);
    expect(await numbers('no_member')).toEqual([2]);
    expect(await numbers('no_count')).toEqual([3, 6]);
    expect(await numbers('too_many_fields')).toEqual([5]);
    expect(await numbers('cancelled')).toEqual([]);
    await approve(campaignId, grantId);
    await work(campaignId, grantId);
    expect(await numbers('waiting')).toEqual([]);
    expect(await numbers('invalid')).toEqual([2, 3, 5, 6]);
    // The very rows that all of them have.
    const all = (await page(campaignId, grantId, '')).items;
    expect(all).toHaveLength(mixed.length);
    expect(await rowsOf(campaignId, grantId, 'granted')).toEqual(all.filter(({ result }) => result === 'granted'));
    expect(all[6]).toEqual({
      row: 7,
      line: 7,
      memberId: 'm_6',
      codes: 1,
      result: 'granted',
      batch: expect.any(Number),
      from: 3,
    });
  });

  it('are those that a cancelled grant would have given', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const grantId = await upload(campaignId, mixed);
    await issuance.ask('POST', `${pathOf(campaignId)}/${grantId}/cancel`, 'ops:olga', { reason: 'wrong' });
    expect((await rowsOf(campaignId, grantId, 'cancelled')).map(({ row }) => row)).toEqual([1, 4, 7]);
    expect(await rowsOf(campaignId, grantId, 'waiting')).toEqual([]);
    expect(await rowsOf(campaignId, grantId, 'granted')).toEqual([]);
  });

  it('are found over many pages, each answer looking through twenty at most', async () => {
    const campaignId = await bench.openCampaign({ quota: 100_000 });
    const bad = [25_500, 44_999];
    const grantId = await upload(
      campaignId,
      Array.from({ length: 45_000 }, (_, at) => (bad.includes(at) ? 'nobody' : `m_${at},1`)),
    );
    const { table } = issuance.store;
    const read = table.read.bind(table);
    let looked = 0;
    table.read = (key, deadline) => {
      if (key.pk.startsWith('rows/')) looked += 1;
      return read(key, deadline);
    };
    const found: [rows: number[], next: number | undefined, looked: number][] = [];
    for (const from of [0, 20, 40]) {
      looked = 0;
      const { items, next } = await page(campaignId, grantId, `result=invalid&page=${from}`);
      found.push([items.map(({ row }) => row), next, looked]);
    }
    expect(found).toEqual([
      [[], 20, 20],
      [[25_501], 40, 20],
      [[45_000], undefined, 5],
    ]);
    // Many in a page are enough; what no row can have is not looked for, and what has no page is none.
    looked = 0;
    const waiting = await page(campaignId, grantId, 'result=waiting');
    expect([waiting.items.length, waiting.next, looked]).toEqual([1000, 1, 1]);
    looked = 0;
    expect(await page(campaignId, grantId, 'result=granted')).toEqual({ items: [] });
    expect(await page(campaignId, grantId, 'result=invalid&page=45')).toEqual({ items: [] });
    expect(looked).toBe(0);
  });

  it('say on which line of the file they stand, and what is there where they get nothing', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const long = `m_long,${'9'.repeat(100)}`;
    const grantId = await upload(campaignId, [
      'member_id,codes',
      'm_1,1',
      'm_2, many ',
      '',
      '',
      '"m_3\nm_4",1',
      'm_5,2\r',
      long,
      `m_6,${'😀'.repeat(50)}`,
      ...Array.from({ length: 1000 }, (_, at) => `m_${100 + at},1`),
      '',
      '!!,1',
    ]);
    const about = async (result: string) =>
      (await rowsOf(campaignId, grantId, result)).map(({ row, line, text }) => [row, line, text]);
    expect(await about('invalid')).toEqual([
      [2, 3, 'm_2,many'],
      // Of a row over two lines, the last.
      [3, 7, 'm_3 m_4,1'],
      [5, 9, `${long.slice(0, 79)}…`],
      [6, 10, `m_6,${'😀'.repeat(37)}…`],
      [1007, 1012, '!!,1'],
    ]);
    const good = await about('waiting');
    expect([...good.slice(0, 3), good.at(-1)]).toEqual([
      [1, 2, undefined],
      [4, 8, undefined],
      [7, 11, undefined],
      [1006, 1010, undefined],
    ]);
  });

  it('keep what stands in a page full of them, in the longest signs', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    const bad = Array.from({ length: 1000 }, () => `,${'码'.repeat(300)}`);
    const grantId = await upload(campaignId, ['m_1,1', ...bad]);
    const found = await rowsOf(campaignId, grantId, 'invalid');
    expect(found).toHaveLength(1000);
    expect(found.at(-1)).toEqual({ row: 1001, line: 1001, text: `,${'码'.repeat(78)}…`, result: 'no_member' });
  });

  it('have no line where they came without a file', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const members = { to: { members: [{ memberId: 'm_1', codes: 1 }] }, reason: 'press', reference: 'RES-M' };
    const { body } = await issuance.ask('POST', pathOf(campaignId), 'ops:olga', members);
    expect((await page(campaignId, String(body.grantId), '')).items).toEqual([
      { row: 1, memberId: 'm_1', codes: 1, result: 'waiting', isUnknown: true },
    ]);
  });

  it('of members of whom nothing was ever heard are marked while it waits, and found by that at any time', async () => {
    const campaignId = await bench.openCampaign({ quota: 10_000 });
    await bench.pin('m_known', 'core');
    const others = Array.from({ length: 2998 }, () => '!!,1');
    const grantId = await upload(campaignId, ['m_known,1', 'm_kwnon,1', '!!,1', ...others]);
    const marks = (await page(campaignId, grantId, '')).items.slice(0, 3).map(({ isUnknown }) => isUnknown);
    expect(marks).toEqual([undefined, true, undefined]);
    const unknown = { row: 2, line: 2, memberId: 'm_kwnon', codes: 1, isUnknown: true };
    // An answer looks up the members of two pages.
    const found = await answers(campaignId, grantId, 'unknown');
    expect(found.map(({ next }) => next)).toEqual([2, undefined]);
    expect(found.flatMap(({ items }) => items)).toEqual([{ ...unknown, result: 'waiting' }]);
    await approve(campaignId, grantId);
    await work(campaignId, grantId);
    expect(await rowsOf(campaignId, grantId, 'unknown')).toMatchObject([{ ...unknown, result: 'granted', from: 1 }]);
    expect((await page(campaignId, grantId, '')).items[1]).not.toHaveProperty('isUnknown');
  });

  it('are none of what has no rows, and none of a result that there is not', async () => {
    const campaignId = await bench.openCampaign({ quota: 1000 });
    const bearer = { to: { bearer: 1 }, reason: 'press', reference: 'RES-0' };
    const { body } = await issuance.ask('POST', pathOf(campaignId), 'ops:olga', bearer);
    expect(await page(campaignId, String(body.grantId), 'result=granted')).toEqual({ items: [] });
    const unknown = `${pathOf(campaignId)}/${String(body.grantId)}/rows?result=lost`;
    expect((await issuance.ask('GET', unknown, 'ops:olga')).status).toBe(422);
  });
});
