import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from './check.ts';
import type { Change } from './fixtures/defects.ts';
import { type Frozen, freeze } from './fixtures/frozen.ts';
import { grantBatch, type System, sku, startSystem } from './fixtures/system.ts';
import type { Reconciliation } from './reconcile.ts';

/** More than a page of a thousand: of its first page, every tenth row is one, and all of the next. */
const rows = 1050;
const isRow = (row: number): boolean => row > 1000 || row % 10 === 0;
/** Two codes for every twentieth, one for each of the others; a member is named by the row. */
const codesOf = (row: number): number => (isRow(row) ? (row % 20 === 0 ? 2 : 1) : 0);
const rowOf = (row: number, who = 'm'): string => (isRow(row) ? `${who}_${row},${codesOf(row)}` : `${who}_${row},none`);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const sumOf = (count: number, of: (row: number) => number): number =>
  numbers(count).reduce((sum, row) => sum + of(row), 0);
const granted = sumOf(rows, (row) => (isRow(row) ? 1 : 0));
const codesInAll = sumOf(rows, codesOf);
/** The first index of a row. */
const firstOf = (row: number): number => sumOf(row - 1, codesOf);

let system: System;
let campaignId: string;
let frozen: Frozen;
let batch: number;
let grantId: string;
let bearers: number;

const ops = (subject = 'ops_1') => system.as('ops', subject);
const upload = async (csv: string, reference: string): Promise<string> => {
  const asked = await ops().grants.upload(campaignId, csv, { reason: 'Contest', reference });
  await ops('ops_2').grants.approve(campaignId, asked.grantId);
  return asked.grantId;
};
const done = (id: string): Promise<number> =>
  until(
    async () => {
      const { status, batch: made } = await ops().grants.get(campaignId, id);
      return status === 'done' ? made : undefined;
    },
    `the codes of ${id}`,
    60,
  );

beforeAll(async () => {
  system = await startSystem();
  ({ campaignId } = await ops().campaigns.create(
    {
      name: 'Members',
      skus: [sku],
      startsAt: new Date(system.now() - 1000).toISOString(),
      endsAt: new Date(system.now() + 86_400_000).toISOString(),
      quota: 2000,
      allotment: {},
    },
    { idempotencyKey: 'members' },
  ));
  await ops().campaigns.publish(campaignId);
  bearers = await grantBatch(system.as, campaignId, { to: { bearer: 3 }, reason: 'Press' });
  grantId = await upload(
    numbers(rows)
      .map((row) => rowOf(row))
      .join('\n'),
    'PR-1',
  );
  batch = await done(grantId);
  await system.settled();
  frozen = await freeze(system);
}, 180_000);
afterAll(async () => {
  await frozen.stop();
  await system.stop();
});

/** What grants are about; members' codes that are taken away by hand, others miss too. */
const ofGrants = ({ differences }: Reconciliation): string[] =>
  differences.flatMap(({ check, what }) => (check.startsWith('grant') ? [`${check} | ${what}`] : []));

type State = Record<string, unknown>;
const job =
  (change: (state: State) => State): Change =>
  ({ sk, state }) =>
    sk === grantId ? change(state) : undefined;
const page =
  (place: number, change: (state: State) => State): Change =>
  ({ pk, sk, state }) =>
    pk.startsWith('rows/') && sk === String(place).padStart(5, '0') ? change(state) : undefined;
const codes =
  (row: number, change: (codes: { index: number }[]) => { index: number }[] | null): Change =>
  ({ pk, sk, state }) => {
    if (pk !== `member/m_${row}` || sk !== `codes/granted/${batch}`) return undefined;
    const left = change(state.codes as { index: number }[]);
    return left && { ...state, codes: left };
  };
const none = () => null;
/** With all of these changes, and the log as `log` has it. */
const judged = async (changes: Change[], { isRunning = false } = {}): Promise<string[]> => {
  const undo = changes.map((change) => frozen.tables.plant('issuance', change).undo);
  // The end of what still runs has not been told.
  const log = isRunning
    ? frozen.tampered((db) => db.exec(`DELETE FROM events WHERE body LIKE '%fcode.grant.finished.v1%${grantId}%'`))
    : undefined;
  try {
    return ofGrants(await frozen.reconcile(log));
  } finally {
    for (const one of undo.toReversed()) await one();
    await log?.close();
  }
};
const running = job(({ finishedAt: _, ...state }) => ({
  ...state,
  status: 'running',
  page: 1,
  row: 1000,
  granted: 100,
}));

describe('a grant of more rows than there are on a page', () => {
  it('has no differences, of which everything was looked at', async () => {
    const { settled, checks, differences } = await frozen.reconcile();
    expect([settled, differences]).toEqual([true, []]);
    const looked = Object.fromEntries(checks.map(({ name, looked: count }) => [name, count]));
    expect(looked).toMatchObject({ grants: 2, granted: codesInAll, 'granted-rows': rows });
  });

  it('is found to have given a row of its last page nothing, or another’s code', async () => {
    expect(await judged([codes(1031, none)])).toEqual([
      `granted | row 1031 of grants/${campaignId}#${grantId} is for m_1031, who has 0 of its 1 codes`,
    ]);
    const other = firstOf(70);
    expect(await judged([codes(1031, ([code]) => [{ ...code, index: other }])])).toEqual([
      `granted | member/m_1031 has code/${batch}.${other} by grants/${campaignId}#${grantId}, where it is of row 70, for m_70`,
      `granted | row 1031 of grants/${campaignId}#${grantId} is for m_1031, who has 0 of its 1 codes`,
    ]);
  });

  it('is found to have given codes across the end of a page otherwise than its rows say', async () => {
    const last = firstOf(1000);
    expect(
      await judged([
        codes(1000, ([code, second]) => [
          { ...code, index: last },
          { ...second, index: last + 2 },
        ]),
      ]),
    ).toEqual([
      `granted | row 1000 of grants/${campaignId}#${grantId} is for m_1000, who has 1 of its 2 codes`,
      `granted | member/m_1000 has code/${batch}.${last + 2} by grants/${campaignId}#${grantId}, where it is of row 1001, for m_1001`,
    ]);
  });

  it('is found to have pages in another order', async () => {
    const name = `grants/${campaignId}#${grantId}`;
    expect((await judged([page(1, (state) => ({ ...state, row: 999, index: 7 }))])).join()).toMatch(
      /^granted-rows \| rows\/\w+#00001 begins with row 999 and code 7, and comes after 1000 rows and 150 codes$/,
    );
    const upload = (
      frozen.tables.plant(
        'issuance',
        page(0, (state) => state),
      ).pk as string
    ).slice('rows/'.length);
    const undo = frozen.tables.put(
      'issuance',
      { pk: `rows/${upload}`, sk: '00005' },
      { rows: '[]', row: 1050, index: 1155 },
    );
    const found = ofGrants(await frozen.reconcile());
    await undo();
    expect(found).toContain(`granted-rows | rows/${upload}#00005 is page 00005 of ${name}, and comes as 2`);
  });

  it('is found when somebody has codes of a batch that was granted to nobody by name, or by nobody', async () => {
    const state = (of: number) => ({ campaignId, codes: [{ batch: of, index: 0 }] });
    for (const [of, says] of [
      [bearers, 'which was granted to nobody by name'],
      [999, 'which nobody granted'],
    ] as const) {
      const sk = `codes/granted/${of}`;
      const undo = frozen.tables.put('issuance', { pk: 'member/m_x', sk }, state(of));
      expect(ofGrants(await frozen.reconcile())).toEqual([
        `granted | member/m_x#${sk} has codes of batch ${of}, ${says}`,
      ]);
      await undo();
    }
  });

  it('is found to be wrong on more pages than are looked into', async () => {
    const first = frozen.tables.plant(
      'issuance',
      page(0, (state) => state),
    );
    const all = JSON.parse(first.state.rows as string) as (string | number)[][];
    const pages = 60;
    const undo: (() => Promise<void>)[] = [];
    let [row, index] = [0, 0];
    for (let place = 0; place < pages; place += 1) {
      const some = all.slice(Math.floor((place * all.length) / pages), Math.floor(((place + 1) * all.length) / pages));
      // As many codes, and for somebody else.
      const valid = some.find((one) => one.length === 2);
      const swapped = some.map((one) => (one === valid ? ['m_y', one[1]] : one));
      const key = { pk: first.pk, sk: String(place).padStart(5, '0') };
      undo.push(frozen.tables.put('issuance', key, { rows: JSON.stringify(swapped), row, index }));
      row += some.length;
      index += some.reduce((sum, [, count = 0]) => sum + Number(count), 0);
    }
    const lines = await judged([
      job((state) => ({ ...state, page: pages, row, granted: 100, file: { ...(state.file as State), pages } })),
    ]);
    for (const one of undo.toReversed()) await one();
    const named = lines.filter((line) => line.includes('is for m_y, who has 0 of its '));
    const others = lines.filter((line) => / page 000\d\d of \S+ is given otherwise than its rows say$/.test(line));
    expect([named.length, others.length]).toEqual([50, 10]);
  });
});

describe('a grant that is under way', () => {
  it('has no differences while its next page is given, in whole or in part, and none of it is', async () => {
    expect(await judged([running], { isRunning: true })).toEqual([]);
    const some = Array.from({ length: 20 }, (_, at) => codes(1011 + at, none));
    expect(await judged([running, ...some], { isRunning: true })).toEqual([]);
    const all = Array.from({ length: 50 }, (_, at) => codes(1001 + at, none));
    expect(await judged([running, ...all], { isRunning: true })).toEqual([]);
  });

  it('is found to have left out a row of a page that is done', async () => {
    expect(await judged([running, codes(40, none)], { isRunning: true })).toEqual([
      `granted | row 40 of grants/${campaignId}#${grantId} is for m_40, who has 0 of its 2 codes`,
    ]);
  });

  it('is found to have given a row of its next page a part, or more, or what is another’s', async () => {
    const [name, missing] = [`grants/${campaignId}#${grantId}`, codes(1049, none)];
    expect(await judged([running, missing, codes(1020, (all) => all.slice(1))], { isRunning: true })).toEqual([
      `granted | row 1020 of ${name} is for m_1020, who has 1 of its 2 codes`,
    ]);
    expect(
      await judged(
        [
          running,
          missing,
          codes(1020, ([code, ...all]) => [code as { index: number }, { ...(code as { index: number }) }, ...all]),
        ],
        { isRunning: true },
      ),
    ).toEqual([`granted | row 1020 of ${name} is for m_1020, who has 3 of its 2 codes`]);
    const index = firstOf(1049);
    expect(
      await judged([running, missing, codes(1011, ([code]) => [{ ...code, index }])], { isRunning: true }),
    ).toEqual([`granted | member/m_1011 has code/${batch}.${index} by ${name}, where it is of row 1049, for m_1049`]);
    const beyond = codesInAll;
    expect(
      await judged([running, codes(1011, (all) => [...all, { ...all[0], index: beyond }])], { isRunning: true }),
    ).toEqual([
      `granted | member/m_1011#codes/granted/${batch} has code/${batch}.${beyond}, and ${name} has no row for it`,
    ]);
  });

  it('is found to count otherwise than its pages have rows, or to run beyond its end', async () => {
    const name = `grants/${campaignId}#${grantId}`;
    expect(await judged([running, job((state) => ({ ...state, granted: 99 }))], { isRunning: true })).toEqual([
      `granted-rows | ${name} counts 1000 rows and 99 granted before page 1, and there are 1000 rows and 100 granted before page 1`,
    ]);
    const end = job((state) => ({ ...state, page: 2, row: rows, granted }));
    expect(await judged([running, end], { isRunning: true })).toEqual([
      `granted-rows | ${name} is running at page 2 of 2`,
    ]);
  });

  it('has no differences while it is at work, nor when it is done', { timeout: 120_000 }, async () => {
    const csv = numbers(3000).map((row) => rowOf(row % 1000, 'live'));
    const id = await upload(csv.join('\n'), 'PR-2');
    const found: Difference[] = [];
    let atWork = 0;
    for (let status = 'running'; status !== 'done'; ) {
      ({ status } = await ops().grants.get(campaignId, id));
      if (status === 'running') atWork += 1;
      found.push(...(await system.reconcile()).differences);
    }
    expect([found, atWork > 0]).toEqual([[], true]);
    await system.settled();
    const { settled, differences } = await system.reconcile();
    expect([settled, differences]).toEqual([true, []]);
  });
});

describe('histories that miss more events than are looked into', () => {
  it('are found to, and say how much of it was not looked into', async () => {
    const log = frozen.tampered((db) => db.exec("DELETE FROM events WHERE body LIKE '%fcode.code.claimed.v1%'"));
    const { differences } = await frozen.reconcile(log);
    await log.close();
    const lines = differences.flatMap(({ check, what }) => (check === 'member-histories' ? [what] : []));
    const rest = /^member-histories differ in (\d+) other parts of 4096, which were not looked into$/;
    const [other] = lines.flatMap((line) => rest.exec(line)?.[1] ?? []);
    expect(Number(other)).toBeGreaterThan(20);
    const named = lines.filter((line) => /^member\/m_\d+#\S+ is code.claimed at .*, and nothing was told$/.test(line));
    expect(named.length).toBeGreaterThanOrEqual(64);
    expect(named.length).toBe(lines.length - 1);
  });
});
