import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ledgerFile } from '@fcode/embedded/demo';
import type { Found } from '@fcode/reconcile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenIn } from './broken.ts';
import { lookAt } from './ledger.ts';
import { type Stage, startStage } from './stage.ts';
import { type Outcome, tellStory } from './story.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fcode-demo-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { NODE_COMPILE_CACHE: cache } = process.env;
/** It starts in half the time where the run has a folder for what is compiled. */
const compiled = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { ...compiled, PATH: process.env.PATH },
  });
  return { status, stdout, stderr, last: stdout.trim().split('\n').at(-1) ?? '' };
};

let stage: Stage;
let outcome: Outcome;
beforeAll(async () => {
  const file = fileURLToPath(ledgerFile);
  const look = await lookAt(file);
  stage = await startStage(look.last);
  outcome = await tellStory(stage, { file, look, tell: () => {}, progress: () => {} });
});
afterAll(() => stage.stop());

describe('the demo', () => {
  it('tells the same story twice, here and as a program, and ends well', () => {
    const { status, last, stderr } = run('--json');
    expect(status, stderr).toBe(0);
    const told = JSON.parse(last) as Outcome;
    expect(told).toEqual(outcome);
    expect(Object.keys(told)).toEqual([
      'contributions',
      'members',
      'tiers',
      'allotted',
      'claimed',
      'refused',
      'held',
      'redeemed',
      'released',
      'rewarded',
      'promoted',
      'claimedAfterPromotion',
      'invariants',
    ]);
    const { tiers } = told;
    expect(tiers.angel + tiers.core + tiers.loyal + tiers.fan).toBe(told.members);
    for (const count of Object.values(tiers)) expect(count).toBeGreaterThan(0);
    expect(told).toMatchObject({ contributions: 297, members: 58, invariants: 'ok' });
    // Somebody was refused, rose by a reward, and then got a code.
    expect(told.claimedAfterPromotion).toBeGreaterThan(0);
    expect(told.released).toBeGreaterThan(0);
  });

  it('takes a ledger and a time of its own, repeats and rows that are none included', () => {
    const file = join(folder, 'small.csv');
    const row = (ref: number, who: string, day: string) => `talk,${ref},m_${who},answer,2025-03-${day}T10:00:00Z`;
    const rows = [
      'source,source_ref,member_id,kind,occurred_at',
      row(1, 'ann', '01'),
      row(1, 'ann', '01'),
      'talk,2,m_bob',
    ];
    writeFileSync(file, `${[...rows, row(3, 'bob', '04'), row(4, 'cat', '05')].join('\n')}\n`);
    const { status, last, stdout, stderr } = run('--file', file, '--at', '2025-04-01T00:00:00Z', '--json');
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('3 contributions recorded; 1 told twice, 1 refused.');
    expect(stdout).toContain('opens at 2025-04-01T00:00:00.000Z');
    expect(JSON.parse(last)).toMatchObject({ contributions: 3, members: 3, invariants: 'ok' });
  });

  it.each([
    [['--file', '/nowhere.csv'], /There is no file/],
    [['--at', 'tomorrow-ish'], /no time/],
    [['--speed', '9'], /Unknown option[\s\S]*npm run demo/],
  ])('says what is wrong with %s, without a stack', (args, message) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/at .*\.ts:\d+/);
  });
});

describe('the check of what must always hold', () => {
  /** The stage's tables, some of it read otherwise. What is found in tables that were changed, the library's own tests say. */
  const tablesWith = (otherwise: Partial<Stage['tables']>): Stage['tables'] => {
    const { tables } = stage;
    return {
      items: (service) => tables.items(service),
      item: (service, key) => tables.item(service, key),
      snapshot: (service, keys) => tables.snapshot(service, keys),
      partition: (service, pk, prefix) => tables.partition(service, pk, prefix),
      unpublished: () => tables.unpublished(),
      ...otherwise,
    } as Stage['tables'];
  };

  it('finds nothing in a system that is right', async () => {
    expect(await brokenIn(stage)).toEqual([]);
  });

  it('names what is broken, each in a sentence', async () => {
    const items = async function* (...[service]: Parameters<Stage['tables']['items']>): AsyncGenerator<Found> {
      for await (const item of stage.tables.items(service)) {
        const codes = item.state.codes as object[] | undefined;
        const isClaimed = codes !== undefined && item.sk.startsWith('codes/claimed/');
        yield isClaimed
          ? { ...item, state: { ...item.state, codes: codes.map((code) => ({ ...code, allotted: 0 })) } }
          : item;
      }
    };
    const broken = await brokenIn({ ...stage, tables: tablesWith({ items }) });
    expect(broken.length).toBeGreaterThan(1);
    for (const sentence of broken) {
      expect(sentence).toMatch(/^member\/.* has code\/\S+ as claim \d when 0 were allotted$/);
    }
  });

  it('says what could not be checked, where the system does not come to rest', async () => {
    const unpublished = async () => 1;
    const broken = await brokenIn({ ...stage, tables: tablesWith({ unpublished }) });
    expect(broken).toContain('funnels was not checked: 1 item has events to publish');
  });
});
