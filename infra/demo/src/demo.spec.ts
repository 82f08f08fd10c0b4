import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ledgerFile } from '@fcode/embedded/demo';
import type { Heard } from '@fcode/events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf } from './events.ts';
import { brokenIn } from './invariants.ts';
import { lookAt } from './ledger.ts';
import { type Stage, startStage } from './stage.ts';
import { type Outcome, tellStory } from './story.ts';
import type { Found } from './tables.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fcode-demo-spec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return { status, stdout, stderr, last: stdout.trim().split('\n').at(-1) ?? '' };
};

describe('the demo', () => {
  it('tells the same story twice, and ends well', () => {
    const [one, other] = [run('--json'), run('--json')];
    expect([one.status, other.status], one.stderr).toEqual([0, 0]);
    expect(other.last).toBe(one.last);
    const told = JSON.parse(one.last) as Outcome;
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
  let stage: Stage;
  let events: Heard[];
  beforeAll(async () => {
    const file = fileURLToPath(ledgerFile);
    const look = await lookAt(file);
    stage = await startStage(look.last);
    await tellStory(stage, { file, look, tell: () => {}, progress: () => {} });
    events = await eventsOf(stage.log);
  });
  afterAll(() => stage.stop());

  /** The same system, with one item read otherwise: the first that `change` changes. */
  const checkedWith = async (
    change: (item: Found) => Record<string, unknown> | undefined,
    told: readonly Heard[] = events,
  ): Promise<string[]> => {
    let changed = false;
    const items = async function* (...[service]: Parameters<Stage['tables']['items']>): AsyncGenerator<Found> {
      for await (const item of stage.tables.items(service)) {
        const state = changed ? undefined : change(structuredClone(item));
        changed ||= state !== undefined;
        yield state === undefined ? item : { ...item, state };
      }
    };
    const tables = { items } as Stage['tables'];
    const broken = await brokenIn({ tables, log: stage.log, now: stage.now }, told);
    expect(changed || told !== events).toBe(true);
    return broken;
  };

  it('finds nothing in a system that is right', async () => {
    expect(await brokenIn(stage, events)).toEqual([]);
  });

  const others = { shop: 'shop_demo', orderId: 'somebody-else' };
  it.each<[string, (item: Found) => Record<string, unknown> | undefined, RegExp]>([
    [
      'a code in the table is another order’s than in the log',
      ({ sk, state }) =>
        sk === 'life' && state.redemption
          ? { ...state, redemption: { ...state.redemption, order: others } }
          : undefined,
      /another owner/,
    ],
    [
      'a code went missing from the quota',
      ({ sk, state }) => (sk === 'pool' ? { ...state, left: Number(state.left) - 1 } : undefined),
      /in the pool/,
    ],
    [
      'more was claimed than allotted',
      ({ sk, state }) =>
        sk.startsWith('codes/claimed/')
          ? { ...state, codes: (state.codes as object[]).map((code) => ({ ...code, allotted: 0 })) }
          : undefined,
      /when 0 were allotted/,
    ],
    [
      'a buyer used more than the limit',
      ({ sk, state }) => {
        // One that stands for good, not by a hold that is over.
        const slots = sk === 'slots' ? (state.slots as { until?: string }[]) : [];
        const slot = slots.find(({ until }) => until === undefined);
        return slot ? { slots: [slot, slot, slot] } : undefined;
      },
      /uses 3 of 2/,
    ],
    [
      'a sum is not its ledger’s',
      ({ pk, sk, state }) =>
        pk.startsWith('member/') && sk === 'standing' && 'kinds' in state ? { ...state, S: '1' } : undefined,
      /its ledger/,
    ],
    [
      'a member was told another tier',
      ({ pk, sk, state }) =>
        pk.startsWith('member/') && sk === 'standing' && 'kinds' in state
          ? { ...state, told: state.told === 'core' ? 'fan' : 'core' }
          : undefined,
      /and was told (core|fan)/,
    ],
    [
      'a reward never reached the ledger',
      ({ pk }) => (pk.startsWith('ledger/referral/') ? {} : undefined),
      /in the ledger/,
    ],
    [
      'a purchase is still parked',
      ({ sk, state }) => (sk.startsWith('purchase/') ? { ...state, status: 'parked' } : undefined),
      /is parked in referral/,
    ],
    [
      'a referral closes a circle',
      ({ pk, sk, state }) =>
        pk.startsWith('referral/') &&
        sk === 'edge' &&
        String((state.made as { invitee: string }).invitee).startsWith('m:')
          ? {
              ...state,
              made: {
                ...(state.made as object),
                inviter: String((state.made as { invitee: string }).invitee).slice(2),
              },
            }
          : undefined,
      /invited himself/,
    ],
    [
      'insights counted otherwise',
      ({ sk, state }) => (sk.startsWith('totals/') ? { ...state, redeemed: Number(state.redeemed) + 1 } : undefined),
      /counts \d+ redeemed/,
    ],
    [
      'a code was touched and never issued',
      ({ pk, state }) => (pk.startsWith('batches/') && 'size' in state ? { ...state, size: 0 } : undefined),
      /never issued/,
    ],
  ])('says so when %s', async (_, change, sentence) => {
    expect((await checkedWith(change)).join('\n')).toMatch(sentence);
  });

  it('says so when a redemption has no event, and when a code is sold twice', async () => {
    const sold = events.find(({ type }) => type === 'code.redeemed') as Heard<'code.redeemed'>;
    const without = await checkedWith(
      () => undefined,
      events.filter((event) => event !== sold),
    );
    expect(without.join('\n')).toMatch(/and has no event/);
    const again = { ...sold, sequence: sold.sequence + 1, data: { ...sold.data, order: others } };
    expect((await checkedWith(() => undefined, [...events, again])).join('\n')).toMatch(
      /is redeemed by .* and then code.redeemed by shop_demo\/somebody-else/,
    );
  });
});
