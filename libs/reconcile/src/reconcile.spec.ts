import type { DatabaseSync } from 'node:sqlite';
import type { EventLog } from '@fcode/event-log';
import { type CloudEvent, codeSubject } from '@fcode/events';
import type { ServiceName } from '@fcode/infra/tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { append, type Change, type Planted, plant } from './fixtures/defects.ts';
import { type Frozen, freeze } from './fixtures/frozen.ts';
import { pausedForMs, type System, startSystem, tellDay } from './fixtures/system.ts';
import { eventsOf, ofType } from './log-pages.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';

let system: System;
/** As it was at the end of the day: most of what is found is found there, since it takes no engine to read it again. */
let frozen: Frozen;
beforeAll(async () => {
  system = await startSystem();
  await tellDay(system);
  frozen = await freeze(system);
}, 120_000);
afterAll(() => frozen.stop());

/** What is found, and then everything as it was. */
const reconciled = async (undo?: () => Promise<void>, log?: EventLog): Promise<Reconciliation> => {
  try {
    return await frozen.reconcile(log);
  } finally {
    await undo?.();
    await log?.close();
  }
};

/** One line a difference: which check found it, what it is about, and what it says. */
const linesOf = ({ differences }: Reconciliation): string[] =>
  differences.map(({ check, item, what }) => `${check} | ${item} | ${what}`);
const checksOf = ({ differences }: Reconciliation): string[] =>
  [...new Set(differences.map(({ check }) => check))].sort();

describe('a system that is right', () => {
  // What follows is about how it was.
  afterAll(() => system.stop());

  it('has no differences when it is at rest, and everything was looked at', async () => {
    const { settled, checks, differences } = await system.reconcile();
    expect([settled, differences]).toEqual([true, []]);
    // Every reward vests at once, by the policy.
    const empty = checks.filter(({ looked, skipped }) => looked === 0 || skipped !== undefined);
    expect(empty.map(({ name }) => name)).toEqual(['rewards-due']);
  });

  it('is found when an event has waited for two minutes, or is in no index', async () => {
    const time = new Date(system.now() - 120_000).toISOString();
    const entry = { type: 'code.held', sequence: 1, time, data: {}, correlationId: 'c', causationId: 'c' };
    const { undo, name } = await plant(
      system,
      'insights',
      ({ pk, state }) => (pk.startsWith('funnel/') ? state : undefined),
      (item) => ({ ...item, outbox: { L: [{ S: JSON.stringify(entry) }] } }),
    );
    const lines = linesOf(await system.reconcile());
    await undo();
    expect(lines).toContain(`outboxes | ${name} | ${name} has had an event to publish since ${time}`);
    expect(lines).toContain(
      `outboxes | ${name} | ${name} has 1 events to publish, and stands in no index by which they are found`,
    );
  });
});

type State = Record<string, unknown>;
type Slot = { code: string; order?: object; until?: string };
type Reversal = { memberId: string };
const others = { shop: 'shop_1', orderId: 'somebody-else' };

/** What is done, to which table; the checks that must find it, no other; and what one of them says, the item named. */
type Case = [
  what: string,
  service: ServiceName,
  change: Change,
  checks: string[],
  says: (item: Planted) => RegExp | string,
];

const life =
  (status: string, change: (state: State) => State | undefined) =>
  ({ sk, state }: Planted) =>
    sk === 'life' && state.status === status ? change(state) : undefined;
/** One that is, or was to be, passed on. */
const passed =
  (change: (state: State & { pass: State }) => State | undefined): Change =>
  ({ sk, state }) =>
    sk === 'life' && state.pass ? change(state as State & { pass: State }) : undefined;
const entry =
  (is: (entry: State) => boolean, change: State): Change =>
  ({ pk, state }) =>
    pk === 'terms' && state.entry && is(state.entry as State)
      ? { entry: { ...(state.entry as State), ...change } }
      : undefined;
const edge =
  (change: (state: State & { made: State; reward: State }) => State | undefined) =>
  ({ sk, state }: Planted) =>
    sk === 'edge' && state.status === 'made' && (state.reward as State).status === 'vested'
      ? change(state as State & { made: State; reward: State })
      : undefined;
const standing =
  (change: (state: State) => State) =>
  ({ pk, sk, state }: Planted) =>
    pk.startsWith('member/') && sk === 'standing' && state.S !== '0' ? change(state) : undefined;

const purchase =
  (status: string, change: (state: State) => State): Change =>
  ({ pk, state }) =>
    pk.startsWith('ledger/purchase/') && state.status === status ? change(state) : undefined;
const idOf = (pk: string): string => pk.slice('ledger/purchase/'.length);

const tomorrow = () => new Date(frozen.now() + 86_400_000).toISOString();

/** What can be wrong with the uses of a buyer, or of an order. */
const slotCases = (scope: 'buyer' | 'order' | 'day'): Case[] => {
  const slotsOf =
    (change: (slots: [Slot, ...Slot[]]) => Slot[] | undefined): Change =>
    ({ pk, sk, state }) => {
      const paid = (state.slots as Slot[] | undefined)?.every(({ until }) => until === undefined);
      const [first, ...rest] = sk === 'slots' && pk.startsWith(`${scope}/`) && paid ? (state.slots as Slot[]) : [];
      const slots = first && change([first, ...rest]);
      return slots && { slots };
    };
  return [
    [
      `a limit is exceeded: ${scope}`,
      'redemption',
      slotsOf(([slot]) => [slot, slot, slot]),
      ['slots'],
      ({ pk }) => `slots | ${pk} | ${pk} uses 3 of 2`,
    ],
    [
      `a paid code takes no slot: ${scope}`,
      'redemption',
      slotsOf(() => []),
      ['slots'],
      ({ pk }) => new RegExp(`slots \\| ${pk} \\| code/\\S+ is redeemed by \\S.*, and ${pk} has no slot for it`),
    ],
    [
      `a slot is for a code that its user has not: ${scope}`,
      'redemption',
      slotsOf((slots) => (slots.length === 1 ? [...slots, { ...slots[0], code: 'code/1.77' }] : undefined)),
      ['slots'],
      ({ pk }) => `slots | ${pk} | ${pk} has a slot for code/1.77, which is not its order's`,
    ],
    [
      `a paid code takes its slot for a while only: ${scope}`,
      'redemption',
      slotsOf(([slot, ...rest]) => [{ ...slot, until: tomorrow() }, ...rest]),
      ['slots'],
      ({ pk }) => `slots | ${pk} | ${pk} has a slot for code/`,
    ],
  ];
};

type Approvals = { by: string; at: string }[];
type Codes = { batch: number; index: number }[];
const batchIn = ({ state }: Planted): string => String(state.batch);
/** A grant to members, by a file or a segment; or one that nobody is named in. */
const grantTo =
  (to: 'members' | 'bearer', status: string, change: (state: State & { codes: number }) => State): Change =>
  ({ pk, state }) =>
    pk.startsWith('grants/') && state.to === to && state.status === status
      ? change(state as State & { codes: number })
      : undefined;
/** The file of the day, by one of its members whom no other grant names. */
const ofFile = ({ pk, sk }: Planted): boolean => pk === 'member/m_24' && sk.startsWith('codes/granted/');
const inFile =
  (change: (codes: Codes) => Codes): Change =>
  (item) =>
    ofFile(item) ? { ...item.state, codes: change(item.state.codes as Codes) } : undefined;
const rowsOfFile = (state: State): boolean => String(state.rows).includes('no_member');
const awardsOf =
  (change: (awards: [badge: string, since: number][]) => [badge: string, since: number][]): Change =>
  ({ pk, sk, state }) =>
    pk === 'member/m_22' && sk === 'standing' && state.awards
      ? { ...state, awards: change(state.awards as [string, number][]) }
      : undefined;
/** What happened, as insights tells it; of the first that is of a type. */
const told =
  (prefix: string, field: string, is: (told: State) => boolean, change: State): Change =>
  ({ pk, state }) =>
    pk.startsWith(prefix) && state[field] && is(state[field] as State)
      ? { ...state, [field]: { ...(state[field] as State), ...change } }
      : undefined;

const grantCases: Case[] = [
  [
    'a grant was made, and nobody approved it',
    'issuance',
    grantTo('bearer', 'done', (state) => ({ ...state, approvals: [] })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} needs 1 approvals by others, and has 0`,
  ],
  [
    'a grant was approved by whoever asked for it',
    'issuance',
    grantTo('members', 'done', (state) => ({
      ...state,
      approvals: (state.approvals as Approvals).map((one) => ({ ...one, by: state.by })),
    })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} was approved by ops_1, who asked for it`,
  ],
  [
    'two approvals of a grant are one person’s',
    'issuance',
    grantTo('bearer', 'done', (state) => ({
      ...state,
      needed: 2,
      approvals: [...(state.approvals as Approvals), ...(state.approvals as Approvals)],
    })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} needs 2 approvals by others, and has 1`,
  ],
  [
    'a grant was approved by somebody else than was told',
    'issuance',
    grantTo('bearer', 'done', (state) => ({ ...state, approvals: [{ by: 'ops_3', at: '' }] })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} was approved by ops_3 in the table and by ops_2 by the log`,
  ],
  [
    'a grant that was cancelled has a batch',
    'issuance',
    grantTo('members', 'cancelled', (state) => ({ ...state, batch: 77 })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} is cancelled, and has batch 77`,
  ],
  [
    'a grant that waits has a batch',
    'issuance',
    grantTo('members', 'waiting', (state) => ({ ...state, batch: 77 })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} is waiting, and has batch 77`,
  ],
  [
    'a grant that waits was cancelled in the table only',
    'issuance',
    grantTo('members', 'waiting', (state) => ({ ...state, status: 'cancelled' })),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} is cancelled in the table and waiting by the log`,
  ],
  [
    'a grant has a batch that there is not',
    'issuance',
    grantTo('bearer', 'done', (state) => ({ ...state, batch: 999 })),
    ['grants'],
    (item) => `grants | batch/${batchIn(item)} | batch/${batchIn(item)} was granted, and no grant of cmp_`,
  ],
  [
    'a grant is of more codes than was asked for',
    'issuance',
    grantTo('bearer', 'done', (state) => ({ ...state, codes: state.codes + 1 })),
    ['grants'],
    ({ name, state: { codes } }) => `${name} is ${Number(codes) + 1} codes to bearer by ops_1 under `,
  ],
  [
    'a batch is larger than its grant',
    'issuance',
    ({ pk, state }) =>
      pk.startsWith('batches/') && state.canaries === 2 ? { ...state, size: Number(state.size) + 1 } : undefined,
    ['grants', 'quotas'],
    (item) => `has batch ${batchIn(item)} with size 5, and was asked for 4`,
  ],
  [
    'a batch has other canaries than its grant',
    'issuance',
    ({ pk, state }) => (pk.startsWith('batches/') && state.canaries === 2 ? { ...state, canaries: 1 } : undefined),
    ['grants', 'quotas'],
    (item) => `has batch ${batchIn(item)} with canaries 1, and was asked for 2`,
  ],
  [
    'a batch was granted under another reference',
    'issuance',
    ({ pk, state }) =>
      pk.startsWith('batches/') && state.canaries === 2
        ? { ...state, origin: { ...(state.origin as State), reference: 'PR-0' } }
        : undefined,
    ['grants'],
    (item) =>
      `has batch ${batchIn(item)} with the reference PR-0 (Fair) by ops_1, and was asked for Fair (Fair) by ops_1`,
  ],
  [
    'a batch is for the rows of another file',
    'issuance',
    ({ pk, state }) =>
      pk.startsWith('batches/') && state.file ? { ...state, file: { upload: 'other', pages: 1 } } : undefined,
    ['grants'],
    (item) => `has batch ${batchIn(item)} with the rows of other, and was asked for `,
  ],
  [
    'two grants have one batch',
    'issuance',
    grantTo('bearer', 'done', (state) => ({ ...state, batch: Number(state.batch) - 1 })),
    ['grants'],
    () => /grants \| grants\/\S+ \| grants\/\S+ has batch \d+, and so has grants\//,
  ],
  [
    'a grant is of a name that its batch has not',
    'issuance',
    grantTo('bearer', 'done', (state) => ({ ...state, named: { name: 'PRESS', perBuyer: 2 } })),
    ['grants'],
    (item) => `has batch ${batchIn(item)} with the name none, and was asked for PRESS with 2 a buyer`,
  ],
  [
    'a batch is for members, and its grant for nobody by name',
    'issuance',
    ({ pk, state }) =>
      pk.startsWith('batches/') && state.canaries === 2
        ? { ...state, origin: { ...(state.origin as State), to: 'members' } }
        : undefined,
    ['grants'],
    (item) => `has batch ${batchIn(item)} with codes for members, and was asked for bearer`,
  ],
  [
    'a grant stands under another reference than it is found by',
    'issuance',
    grantTo('members', 'waiting', (state) => ({ ...state, reference: 'PR-0' })),
    ['grants'],
    ({ sk }) => new RegExp(`grants \\| (reference/\\S+#PR-8) \\| \\1 leads to ${sk}, which is PR-0`),
  ],
  [
    'a reference leads to another grant',
    'issuance',
    ({ pk, sk }) => (pk.startsWith('reference/') && sk === 'PR-7' ? { grantId: 'gr_x' } : undefined),
    ['grants'],
    ({ name }) => `grants | ${name} | ${name} leads to gr_x, which there is not`,
  ],
  [
    'a row has some of its codes',
    'issuance',
    inFile((codes) => codes.slice(1)),
    ['claims', 'granted'],
    () => /granted \| (grants\/\S+) \| row 6 of \1 is for m_24, who has 2 of its 3 codes/,
  ],
  [
    'a row has the code of another',
    'issuance',
    inFile(([code, ...codes]) => [...codes, { ...(code as Codes[0]), index: 0 }]),
    ['claims', 'granted'],
    () => /granted \| member\/m_24 \| member\/m_24 has code\/\d+\.0 by grants\/\S+, where it is of row 1, for m_21/,
  ],
  [
    'a row has a code twice',
    'issuance',
    inFile(([code, ...codes]) => [code as Codes[0], code as Codes[0], ...codes]),
    ['claims', 'granted'],
    () => /granted \| (grants\/\S+) \| row 6 of \1 is for m_24, who has 4 of its 3 codes/,
  ],
  [
    'somebody has a code that no row is for',
    'issuance',
    inFile((codes) => [...codes, { ...(codes[0] as Codes[0]), index: 99 }]),
    ['claims', 'granted'],
    ({ name, sk }) =>
      new RegExp(`granted \\| ${name} \\| ${name} has code/${sk.slice(14)}.99, and grants/\\S+ has no row for it`),
  ],
  [
    'a code of a grant is of another batch',
    'issuance',
    inFile(([code, ...codes]) => [{ ...(code as Codes[0]), batch: 999 }, ...codes]),
    ['claims', 'granted'],
    ({ name }) => `granted | ${name} | ${name} has a code of batch 999`,
  ],
  [
    'a row is another member’s',
    'issuance',
    ({ state }) => (rowsOfFile(state) ? { ...state, rows: String(state.rows).replace('m_24', 'm_9') } : undefined),
    ['granted'],
    () => /granted \| (grants\/\S+) \| row 6 of \1 is for m_9, who has 0 of its 3 codes/,
  ],
  [
    'a row is for more codes',
    'issuance',
    ({ state }) =>
      rowsOfFile(state) ? { ...state, rows: String(state.rows).replace('"m_24",3', '"m_24",4') } : undefined,
    ['granted', 'granted-rows'],
    () => /granted \| (grants\/\S+) \| row 6 of \1 is for m_24, who has 3 of its 4 codes/,
  ],
  [
    'rows begin at another code',
    'issuance',
    ({ state }) => (rowsOfFile(state) ? { ...state, index: 7 } : undefined),
    ['granted-rows'],
    ({ name }) => `granted-rows | ${name} | ${name} begins with row 0 and code 7, and comes after 0 rows and 0 codes`,
  ],
  [
    'a grant counts rows that there are not',
    'issuance',
    grantTo('members', 'done', (state) => {
      const file = state.file as { rows: number; invalid: number };
      return { ...state, file: { ...file, rows: file.rows + 1, invalid: file.invalid + 1 } };
    }),
    ['granted-rows', 'grants'],
    ({ name }) =>
      new RegExp(
        `granted-rows \\| ${name} \\| ${name} counts 1 pages of \\d rows, \\d of them none, for \\d codes, and there are 1 pages`,
      ),
  ],
  [
    'a grant counts rows as granted that were not',
    'issuance',
    grantTo('members', 'done', (state) => ({ ...state, granted: Number(state.granted) + 1 })),
    ['granted-rows'],
    ({ name }) =>
      new RegExp(
        `${name} counts \\d rows and \\d granted before page 1, and there are \\d rows and \\d granted before page 1`,
      ),
  ],
  [
    'a grant is done before its last page',
    'issuance',
    grantTo('members', 'done', (state) => ({ ...state, page: 0, row: 0, granted: 0 })),
    ['granted-rows'],
    ({ name }) => `granted-rows | ${name} | ${name} is done at page 0 of 1`,
  ],
  [
    'a grant to members has forgotten whom it names',
    'issuance',
    grantTo('members', 'done', ({ file: _, ...state }) => state),
    ['granted', 'grants'],
    (item) => new RegExp(`(member/\\S+) has codes of batch ${batchIn(item)}, which was granted to nobody by name`),
  ],
];

const badgeCases: Case[] = [
  [
    'a member has a badge that nobody awarded',
    'membership',
    awardsOf((awards) => [...awards, ['vip', 0]]),
    ['badges'],
    ({ name }) =>
      new RegExp(
        `badges \\| ${name} \\| ${name} has the badges tester since \\S+, early since \\S+, vip since 1970\\S+ in the table and tester since \\S+, early since \\S+ by the log`,
      ),
  ],
  [
    'a badge is gone',
    'membership',
    awardsOf(([first]) => [first as [string, number]]),
    ['badges'],
    ({ name }) =>
      new RegExp(`badges \\| ${name} \\| ${name} has the badges tester since \\S+ in the table and tester `),
  ],
  [
    'a badge counts since another day',
    'membership',
    awardsOf(([, ...rest]) => [['tester', 0], ...rest]),
    ['badges'],
    ({ name }) => `badges | ${name} | ${name} has the badges tester since 1970-01-01T00:00:00.000Z, early since `,
  ],
  [
    'issuance decides by other badges',
    'issuance',
    ({ pk, sk, state }) =>
      pk === 'member/m_22' && sk === 'standing'
        ? { ...state, standing: { ...(state.standing as State), badges: ['early'] } }
        : undefined,
    ['standings'],
    () =>
      /standings \| member\/m_22 \| member\/m_22 stands in issuance with S 0, .*, badges early, and was told with S 0, .*, badges early\+tester/,
  ],
];

const historyCases: Case[] = [
  [
    'an order’s history tells otherwise what happened',
    'insights',
    told('order/', 'entry', ({ type }) => type === 'code.held', { type: 'code.released' }),
    ['order-histories'],
    ({ name }) =>
      new RegExp(`order-histories \\| ${name} \\| ${name} is code.released at .*, and code.held at .* was told`),
  ],
  [
    'an order’s history is of another shop',
    'insights',
    told('order/', 'entry', ({ type }) => type === 'referral.made', { shop: 'shop_2' }),
    ['order-histories'],
    ({ name }) =>
      new RegExp(
        `order-histories \\| ${name} \\| ${name} is referral.made .*, of shop_2 with \\S+, and referral.made .*, of shop_1 with`,
      ),
  ],
  [
    'a purchase is another order’s',
    'insights',
    told('redemption/', 'order', () => true, { orderId: 'other' }),
    ['order-histories'],
    ({ name }) => new RegExp(`order-histories \\| ${name} \\| ${name} is shop_1/other, and shop_1/\\S+ was told`),
  ],
  [
    'a member’s history tells of another event',
    'insights',
    told('member/', 'entry', ({ type }) => type === 'badge.awarded', { eventId: 'none' }),
    ['member-histories'],
    ({ name }) =>
      new RegExp(
        `member-histories \\| ${name} \\| ${name} is badge.awarded at \\S+ by none for \\S+, and badge.awarded at`,
      ),
  ],
  [
    'a touch of a canary is another’s',
    'insights',
    told('canary-touches/', 'touch', ({ verb }) => verb === 'hold', { shop: 'shop_2' }),
    ['canary-touches'],
    ({ name }) =>
      new RegExp(
        `canary-touches \\| ${name} \\| ${name} is hold of cmp_\\S+ at shop_2 for order leaked .*, and hold of cmp_\\S+ at shop_1 for`,
      ),
  ],
  [
    'ops did what somebody else did',
    'insights',
    told('audit/', 'kept', ({ action }) => action === 'grant.approved', { who: 'ops_9' }),
    ['audit'],
    ({ name }) =>
      new RegExp(
        `audit \\| ${name} \\| ${name} is grant.approved of grant/\\S+ by ops_9, .*, and grant.approved of grant/\\S+ by ops_2,`,
      ),
  ],
  [
    'the audit log took an action for an export of its own',
    'insights',
    told('audit/', 'kept', ({ action }) => action === 'grant.approved', { action: 'audit.exported' }),
    ['audit'],
    ({ name }) => new RegExp(`audit \\| ${name} \\| ${name} is audit.exported of grant/`),
  ],
  [
    'what an action left is not kept',
    'insights',
    ({ pk, state }) => (pk.startsWith('trail/campaign/') && state.left ? {} : undefined),
    ['audit'],
    ({ name }) => `audit | ${name} | ${name} is nothing, and what an action left was told`,
  ],
];

/** A member's place among those who wait, by how it stands. */
const wait =
  (status: string, change: (state: State) => State): Change =>
  ({ sk, state }) =>
    sk.startsWith('waitlist/') && state.status === status ? change(state) : undefined;
/** What a campaign counts of the places for those who wait. */
const waitPool =
  (change: (counts: { left: number; offered: number; back: number }) => object): Change =>
  ({ sk, state }) => {
    if (sk !== 'lane/waitlist/pool') return undefined;
    const kept = state.waitlist as { offered: number; back: number };
    const { left, ...counts } = { left: Number(state.left), ...kept, ...change({ left: Number(state.left), ...kept }) };
    return { ...state, left, waitlist: counts };
  };
const longAgo = '2020-01-01T00:00:00.000Z';

const waitlistCases: Case[] = [
  [
    'who waits is offered a place and nobody told',
    'issuance',
    wait('waiting', ({ since }) => ({ status: 'offered', since, until: tomorrow() })),
    ['waitlist', 'waitlist-places'],
    ({ name }) => new RegExp(`waitlist \\| ${name} \\| ${name} is offered since \\S+ in the table, and waiting since`),
  ],
  [
    'an offer is over and nobody told',
    'issuance',
    wait('offered', ({ until, ...state }) => ({ ...state, status: 'lapsed', endedAt: until })),
    ['waitlist', 'waitlist-places'],
    ({ sk }) => `waitlist-places | ${sk.slice(9)} | ${sk.slice(9)}: 1 places count as offered, and 0 are`,
  ],
  [
    'who has left waits again and nobody told',
    'issuance',
    wait('left', ({ since }) => ({ status: 'waiting', since, order: Date.parse(String(since)) * 1000 })),
    ['waitlist'],
    ({ name }) => new RegExp(`waitlist \\| ${name} \\| ${name} is waiting since \\S+ in the table, and left since`),
  ],
  [
    'somebody has waited for longer than was told',
    'issuance',
    wait('waiting', (state) => ({ ...state, since: longAgo, order: Date.parse(longAgo) * 1000 })),
    ['waitlist'],
    ({ name }) =>
      new RegExp(`waitlist \\| ${name} \\| ${name} is waiting since ${longAgo} in the table, and waiting since`),
  ],
  [
    'somebody stands before those who have waited for longer',
    'issuance',
    wait('waiting', (state) => ({ ...state, order: 7 })),
    ['waitlist'],
    ({ name }) => new RegExp(`waitlist \\| ${name} \\| ${name} waits since \\S+, and stands in the line as 7`),
  ],
  [
    'a place is kept for less long than was told',
    'issuance',
    wait('offered', (state) => ({ ...state, until: longAgo })),
    ['waitlist'],
    ({ name }) => `waitlist | ${name} | ${name} is offered until ${longAgo} in the table, and until 20`,
  ],
  [
    'a place is taken without a code',
    'issuance',
    wait('offered', ({ until, ...state }) => ({ ...state, status: 'taken', endedAt: until })),
    ['waitlist', 'waitlist-places'],
    ({ name }) => `waitlist | ${name} | ${name} is taken, and no code that was waited for was told`,
  ],
  [
    'who has taken a place is offered it still',
    'issuance',
    wait('taken', ({ since }) => ({ status: 'offered', since, until: tomorrow() })),
    ['waitlist', 'waitlist-places'],
    ({ name }) =>
      new RegExp(`waitlist \\| ${name} \\| ${name} is offered since \\S+, and code/\\S+ was taken since 20`),
  ],
  [
    'who has taken a place let it pass',
    'issuance',
    wait('taken', (state) => ({ ...state, status: 'lapsed' })),
    ['waitlist'],
    ({ name }) => new RegExp(`waitlist \\| ${name} \\| ${name} is lapsed since \\S+, and code/\\S+ was taken since 20`),
  ],
  [
    'one place too many is offered',
    'issuance',
    waitPool(({ offered }) => ({ offered: offered + 1 })),
    ['quotas', 'waitlist-places'],
    ({ pk }) => new RegExp(`quotas \\| (${pk.slice(6)}) \\| \\1: .* 2 offered, .* are not 12 and the 1 that came back`),
  ],
  [
    'a place is offered that is in the pool too',
    'issuance',
    waitPool(({ left, offered }) => ({ left: left - 1, offered: offered + 1 })),
    ['quotas', 'waitlist-places'],
    ({ pk }) => new RegExp(`quotas \\| (${pk.slice(6)}) \\| \\1: \\d+ in the pool, .* 2 offered, `),
  ],
  [
    'fewer places than none are offered',
    'issuance',
    waitPool(({ left, offered }) => ({ left: left + offered + 1, offered: -1 })),
    ['quotas', 'waitlist-places'],
    ({ pk }) => `quotas | ${pk.slice(6)} | ${pk.slice(6)}: `,
  ],
  [
    'one place too many came back',
    'issuance',
    waitPool(({ back }) => ({ back: back + 1 })),
    ['quotas', 'waitlist-places'],
    ({ pk }) => `waitlist-places | ${pk.slice(6)} | ${pk.slice(6)}: 2 places came back, of 1 codes that were revoked`,
  ],
  [
    'the place of a code that was revoked is lost',
    'issuance',
    waitPool(({ back }) => ({ back: back - 1 })),
    ['quotas', 'waitlist-places'],
    ({ pk }) =>
      `waitlist-places | ${pk.slice(6)} | ${pk.slice(6)}: 1 codes were revoked, and the places of 0 came back`,
  ],
];

const cases: Case[] = [
  ...waitlistCases,
  ...grantCases,
  ...badgeCases,
  ...historyCases,
  [
    'a code is another order’s in the table',
    'redemption',
    life('redeemed', (state) => ({ ...state, redemption: { ...(state.redemption as State), order: others } })),
    ['lives', 'slots'],
    ({ pk }) => `lives | ${pk} | ${pk} has another owner in the log (`,
  ],
  [
    'a redeemed code is free in the table',
    'redemption',
    life('redeemed', ({ turns, past }) => ({ status: 'free', turns, past })),
    ['lives', 'slots'],
    ({ pk }) => `lives | ${pk} | ${pk} is free in the table and redeemed by the log`,
  ],
  [
    'a redemption is another one',
    'redemption',
    life('redeemed', (state) => ({ ...state, redemption: { ...(state.redemption as State), redemptionId: 'rdm_x' } })),
    ['lives'],
    ({ pk }) => `lives | ${pk} | ${pk} is redemption rdm_x in the table and rdm_`,
  ],
  [
    'a code was taken once more than was told',
    'redemption',
    life('free', (state) => (state.turns === 1 ? { ...state, turns: 2 } : undefined)),
    ['lives'],
    ({ pk }) => `lives | ${pk} | ${pk} has been taken 2 times in the table and 1 times by the log`,
  ],
  [
    'a hold lasts longer than was told',
    'redemption',
    life('held', (state) => ({ ...state, hold: { ...(state.hold as State), holdUntil: tomorrow() } })),
    ['lives', 'slots'],
    ({ pk }) => `lives | ${pk} | ${pk} is held until ${tomorrow().slice(0, 10)}`,
  ],
  [
    'more came back of a purchase than was told',
    'redemption',
    life('redeemed', (state) => {
      const redemption = state.redemption as State & { refunds?: { refunded: number } };
      const { refunds } = redemption;
      return refunds && { ...state, redemption: { ...redemption, refunds: { ...refunds, refunded: 399 } } };
    }),
    ['lives'],
    ({ pk }) => new RegExp(`lives \\| ${pk} \\| ${pk} gave back 399 in the table and (150|200) by the log`),
  ],
  [
    'what came back of a purchase is not in the table',
    'redemption',
    life('redeemed', (state) => {
      const { refunds, ...redemption } = state.redemption as State;
      return refunds ? { ...state, redemption } : undefined;
    }),
    ['lives'],
    ({ pk }) => new RegExp(`lives \\| ${pk} \\| ${pk} gave back 0 in the table and (150|200) by the log`),
  ],
  [
    'a code forgot an order that was cancelled',
    'redemption',
    life('free', ({ cancelled, ...state }) => (cancelled ? state : undefined)),
    ['lives'],
    ({ pk }) => `lives | ${pk} | ${pk} had nothing cancelled last in the table and rdm_`,
  ],
  [
    'a code that was revoked is free',
    'redemption',
    life('revoked', ({ turns, past }) => ({ status: 'free', turns, past })),
    ['lives'],
    ({ pk }) => `lives | ${pk} | ${pk} is free in the table and revoked by the log`,
  ],
  [
    'a free code is revoked and nobody told',
    'redemption',
    life('free', ({ turns, past, cancelled }) => ({
      status: 'revoked',
      turns,
      past,
      cancelled,
      revokedAt: '2026-12-01T12:00:00.000Z',
    })),
    ['lives'],
    ({ pk }) => `lives | ${pk} | ${pk} is revoked in the table and free by the log`,
  ],
  [
    'a code is with another friend',
    'redemption',
    passed(({ pass, ...state }) => (pass.to ? { ...state, pass: { ...pass, to: 'm_9' } } : undefined)),
    ['transfers'],
    ({ pk }) =>
      new RegExp(
        `transfers \\| ${pk} \\| ${pk} is with m_9 from m_5 by tr_.* in the table, and with m_6 from m_5 by tr_`,
      ),
  ],
  [
    'nobody knows by whom a code came to whom it is with',
    'redemption',
    passed(({ pass: { under, ...pass }, ...state }) => (under ? { ...state, pass } : undefined)),
    ['transfers'],
    ({ pk }) =>
      new RegExp(`transfers \\| ${pk} \\| ${pk} is .*, and with m_6 .*, and before that with m_5 from m_4 by tr_`),
  ],
  [
    'a code that was taken back is on offer',
    'redemption',
    passed(({ pass: { withdrawnAt, ...pass }, ...state }) => (withdrawnAt ? { ...state, pass } : undefined)),
    ['transfers'],
    ({ pk }) => new RegExp(`transfers \\| ${pk} \\| ${pk} is on offer .*, and on offer from m_1 .*, withdrawn at`),
  ],
  [
    'a code was offered once more than was told',
    'redemption',
    passed((state) => ({ ...state, offers: Number(state.offers) + 1 })),
    ['transfers'],
    ({ pk }) => new RegExp(`transfers \\| ${pk} \\| ${pk} was offered \\d times in the table and \\d times by the log`),
  ],
  [
    'a code changed hands more often than its campaign lets it',
    'issuance',
    ({ pk, state }) =>
      pk.startsWith('batches/') && (state.origin as State | undefined)?.kind === 'claims'
        ? { ...state, terms: { ...(state.terms as State), transferLimit: 1 } }
        : undefined,
    ['transfers'],
    () => /transfers \| (code\S+) \| \1 went through 1 hands of 1, and was offered by m_5/,
  ],
  [
    'checkout forgot that a campaign was killed',
    'redemption',
    entry(({ stop }) => stop === 'killed', { stop: 'none' }),
    ['stops'],
    () => /stops \| (cmp_\S+ killed) \| \1 was told 1 times, and stands 0 times in the terms/,
  ],
  [
    'checkout forgot that a batch was revoked',
    'redemption',
    entry(({ kind }) => kind === 'revoked', { batch: 999 }),
    ['stops'],
    () => /stops \| (batch \d+ revoked) \| \1 was told 1 times, and stands 0 times in the terms/,
  ],
  [
    'a code was touched and never issued',
    'issuance',
    ({ pk, state }) =>
      pk.startsWith('batches/') && (state.origin as State | undefined)?.kind === 'claims'
        ? { ...state, size: 1 }
        : undefined,
    ['issued'],
    () => /issued \| code\/\d+\.\d+ \| code\/\d+\.\d+ was touched and never issued/,
  ],
  ...(['buyer', 'order', 'day'] as const).flatMap(slotCases),
  [
    'a code went missing from the pool',
    'issuance',
    ({ sk, state }) => (sk === 'pool' ? { ...state, left: Number(state.left) - 1 } : undefined),
    ['quotas'],
    ({ pk }) => new RegExp(`quotas \\| ${pk.slice(6)} \\| ${pk.slice(6)}: \\d+ in the pool, .* are not 100`),
  ],
  [
    'a code went missing from what a rule reserves',
    'issuance',
    ({ sk, state }) => (sk === 'lane/0/pool' ? { ...state, left: Number(state.left) - 1 } : undefined),
    ['quotas'],
    ({ pk }) => new RegExp(`quotas \\| ${pk.slice(6)} \\| ${pk.slice(6)}: \\d+ in the pool, .* are not 100`),
  ],
  [
    'more was claimed than allotted',
    'issuance',
    ({ sk, state }) =>
      sk.startsWith('codes/claimed/')
        ? { ...state, codes: (state.codes as State[]).map((code) => ({ ...code, allotted: 1 })) }
        : undefined,
    ['claims'],
    ({ name }) => new RegExp(`claims \\| ${name} \\| ${name} has code/\\S+ as claim 2 when 1 were allotted`),
  ],
  [
    'one request got two codes',
    'issuance',
    ({ sk, state }) =>
      sk.startsWith('codes/claimed/')
        ? { ...state, codes: (state.codes as State[]).map((code) => ({ ...code, request: 'same' })) }
        : undefined,
    ['claims'],
    ({ name }) => `claims | ${name} | ${name} has two codes for one request`,
  ],
  [
    'a claim is gone',
    'issuance',
    ({ sk, state }) =>
      sk.startsWith('codes/claimed/') ? { ...state, codes: (state.codes as State[]).slice(0, 1) } : undefined,
    ['claims', 'quotas'],
    ({ name }) =>
      new RegExp(`claims \\| issuance/${name}@\\d+ \\| .* tells that ${name} got code/\\S+, which it has not`),
  ],
  [
    'two members have one code',
    'issuance',
    ({ sk, state }) =>
      sk.startsWith('codes/claimed/')
        ? { ...state, codes: (state.codes as State[]).map((code) => ({ ...code, batch: 1, index: 0 })) }
        : undefined,
    ['claims'],
    ({ name }) => `code/1.0 is in ${name}`,
  ],
  [
    'a sum is not its ledger’s',
    'membership',
    standing((state) => ({ ...state, S: String(BigInt(state.S as string) + 1n) })),
    ['sums'],
    ({ pk }) => new RegExp(`sums \\| ${pk} \\| ${pk} has \\d+, its ledger by the log \\d+`),
  ],
  [
    'a contribution is not in the ledger',
    'membership',
    ({ pk }) => (pk.startsWith('ledger/forum/m_3') ? {} : undefined),
    ['ledger'],
    ({ pk }) => `ledger | ${pk} | ${pk} does not show what membership/member/m_3#standing@`,
  ],
  [
    'a contribution weighs otherwise in the ledger',
    'membership',
    ({ pk, state }) =>
      pk.startsWith('ledger/forum/m_3')
        ? { ...state, recorded: { ...(state.recorded as State), weight: '7' } }
        : undefined,
    ['ledger'],
    ({ pk }) => `ledger | ${pk} | ${pk} was recorded for m_3, and no event tells so`,
  ],
  [
    'a contribution was taken back and nobody told',
    'membership',
    ({ pk, state }) =>
      pk.startsWith('ledger/forum/m_3') ? { ...state, reversed: [{ memberId: 'm_3' } satisfies Reversal] } : undefined,
    ['ledger'],
    ({ pk }) => `ledger | ${pk} | ${pk} was taken back by m_3, and no event tells so`,
  ],
  [
    'what is owed is forgotten',
    'membership',
    ({ pk, sk, state: { owed, ...state } }) =>
      pk.startsWith('member/') && sk === 'standing' && owed !== undefined ? state : undefined,
    ['sums'],
    ({ pk }) => new RegExp(`sums \\| ${pk} \\| ${pk} has 0, its ledger by the log -\\d+`),
  ],
  [
    'somebody has a score and owes',
    'membership',
    ({ pk, sk, state }) =>
      pk.startsWith('member/') && sk === 'standing' && state.owed !== undefined
        ? { ...state, S: '5', owed: String(BigInt(state.owed as string) + 5n) }
        : undefined,
    ['sums'],
    ({ pk }) => new RegExp(`sums \\| ${pk} \\| ${pk} has 5, and owes \\d+`),
  ],
  [
    'a score is below zero',
    'membership',
    ({ pk, sk, state: { owed, ...state } }) =>
      pk.startsWith('member/') && sk === 'standing' && typeof owed === 'string'
        ? { ...state, S: `-${owed}` }
        : undefined,
    ['sums'],
    ({ pk }) => new RegExp(`sums \\| ${pk} \\| ${pk} has a score below zero: -\\d+`),
  ],
  [
    'a purchase is not in the ledger',
    'membership',
    purchase('bought', () => ({ status: 'none' })),
    ['spending-settled'],
    ({ pk }) => `spending-settled | ${idOf(pk)} | ${idOf(pk)} stands otherwise in the ledger than was told`,
  ],
  [
    'a purchase weighs otherwise in the ledger',
    'membership',
    purchase('bought', (state) => ({ ...state, weight: '7' })),
    ['spending-settled'],
    ({ pk }) => `spending-settled | ${idOf(pk)} | ${idOf(pk)} stands otherwise in the ledger than was told`,
  ],
  [
    'membership never heard of a code that was bought',
    'membership',
    purchase('bought', ({ batch: _, index: _index, boughtAt: _at, ...state }) => ({ ...state, status: 'pending' })),
    ['spending-settled'],
    ({ pk }) => `spending-settled | ${idOf(pk)} | ${idOf(pk)} is pending in the ledger, and bought by the log`,
  ],
  [
    'a purchase is another code',
    'membership',
    purchase('bought', (state) => ({ ...state, index: 77 })),
    ['spending-settled'],
    ({ pk }) => new RegExp(`${idOf(pk)} is code/\\d+.77 in the ledger, and code/\\d+.\\d+ by the log`),
  ],
  [
    'a purchase was refunded in the ledger alone',
    'membership',
    purchase('bought', ({ batch: _, index: _index, ...state }) => ({
      ...state,
      status: 'refunded',
      reason: 'sold_out',
    })),
    ['spending-settled'],
    ({ pk }) => `spending-settled | ${idOf(pk)} | ${idOf(pk)} is refunded in the ledger, and bought by the log`,
  ],
  [
    'points are back in the log, and not in the ledger',
    'membership',
    purchase('refunded', ({ reason: _, refundedAt: _at, ...state }) => ({ ...state, status: 'pending' })),
    ['spending-settled'],
    ({ pk }) => `spending-settled | ${idOf(pk)} | ${idOf(pk)} is pending in the ledger, and refunded by the log`,
  ],
  [
    'a code that was bought is in nobody’s hands',
    'issuance',
    ({ sk, state }) =>
      sk.startsWith('codes/bought/') && (state.codes as State[]).length > 0 ? { ...state, codes: [] } : undefined,
    ['claims', 'quotas', 'spending-settled'],
    ({ sk }) => `spending-settled | ${sk.slice(13)} | ${sk.slice(13)} is nothing in issuance, and code/`,
  ],
  [
    'a purchase is two codes',
    'issuance',
    ({ sk, state }) => {
      const [code] = sk.startsWith('codes/bought/') ? (state.codes as State[]) : [];
      return code && { ...state, codes: [code, { ...code, index: 99_000 }] };
    },
    // Beyond what was handed out, as the quota sees it.
    ['claims', 'spending-settled'],
    ({ name }) => `claims | ${name} | ${name} has 2 codes for one purchase`,
  ],
  [
    'a purchase is a code and refused',
    'issuance',
    ({ sk, state }) =>
      sk.startsWith('codes/bought/') && state.refused === undefined ? { ...state, refused: 'sold_out' } : undefined,
    ['spending-settled'],
    ({ sk }) => new RegExp(`${sk.slice(13)} is code/\\S+ and sold_out in issuance, and code/\\S+ by the log`),
  ],
  [
    'issuance forgot why it refused a purchase',
    'issuance',
    ({ sk, state: { refused, ...state } }) =>
      sk.startsWith('codes/bought/') && refused !== undefined ? state : undefined,
    ['spending-settled'],
    ({ sk }) => `spending-settled | ${sk.slice(13)} | ${sk.slice(13)} is nothing in issuance, and campaign_`,
  ],
  [
    'issuance decides by another standing',
    'issuance',
    ({ pk, sk, state }) =>
      pk === 'member/m_4' && sk === 'standing'
        ? { ...state, standing: { ...(state.standing as State), S: '1' } }
        : undefined,
    ['standings'],
    () => 'standings | member/m_4 | member/m_4 stands in issuance with S 1,',
  ],
  [
    'issuance decides by a standing that nobody told',
    'issuance',
    ({ pk, sk, state }) => (pk === 'member/m_4' && sk === 'standing' ? { ...state, sequence: 999 } : undefined),
    ['standings', 'standings-heard'],
    () => 'standings | member/m_4 | member/m_4 stands in issuance as of event 999, which nobody told',
  ],
  [
    'a member was told another tier',
    'membership',
    standing((state) => ({ ...state, told: state.told === 'core' ? 'fan' : 'core' })),
    ['tiers-told'],
    ({ pk }) => new RegExp(`tiers-told \\| ${pk} \\| ${pk} is \\w+, and was told (core|fan)`),
  ],
  [
    'a referral closes a circle',
    'referral',
    edge((state) => ({ ...state, made: { ...state.made, inviter: 'm_9', invitee: 'm:m_9' } })),
    ['referrals'],
    () => 'referrals | m:m_9 | m:m_9 invited himself, by way of 0 others',
  ],
  [
    'a referral has another inviter than was told',
    'referral',
    edge((state) => ({ ...state, made: { ...state.made, inviter: 'm_9' } })),
    ['referrals'],
    ({ name }) => `referrals | ${name} | ${name} says that m_9 invited `,
  ],
  [
    'a reward is reversed in the table only',
    'referral',
    edge((state) => ({ ...state, reward: { ...state.reward, status: 'reversed' } })),
    ['rewards'],
    ({ name }) =>
      new RegExp(`rewards \\| ${name} \\| reward:\\S+ of ${name} is reversed.* in the table and vested.* by the log`),
  ],
  [
    'a vested reward never reached the ledger',
    'membership',
    ({ pk, state }) => (pk.startsWith('ledger/referral/') && !state.reversed ? {} : undefined),
    ['ledger', 'rewards-counted'],
    ({ pk }) =>
      new RegExp(
        `rewards-counted \\| referral/\\S+ \\| ${pk.slice(16)} of \\S+ is vested, and stands otherwise in the ledger`,
      ),
  ],
  [
    'returns took nothing of a reward in the table',
    'referral',
    edge((state) => {
      const { reduced, ...reward } = state.reward;
      return reduced ? { ...state, reward } : undefined;
    }),
    ['rewards'],
    ({ name }) =>
      new RegExp(
        `rewards \\| ${name} \\| reward:\\S+ of ${name} is vested in the table and vested with \\d+ left by the log`,
      ),
  ],
  [
    'what returns left of a reward counts otherwise',
    'membership',
    ({ pk, state }) =>
      pk.startsWith('ledger/referral/') && pk.endsWith('/coat')
        ? { ...state, recorded: { ...(state.recorded as State), points: 1000 } }
        : undefined,
    ['rewards'],
    ({ pk }) => `rewards | ${pk} | ${pk} counts 1000 points for m_3, and no such reward vested`,
  ],
  [
    'a reward counts beside what a return left of it',
    'membership',
    ({ pk, state }) => (pk.endsWith('/hat') ? { ...state, reversed: [] } : undefined),
    ['ledger', 'rewards-counted'],
    ({ pk }) => new RegExp(`rewards-counted \\| \\S+ \\| ${pk.slice(16)} of \\S+ is vested, and stands otherwise`),
  ],
  [
    'what is left of a reward was taken back',
    'membership',
    ({ pk, state }) =>
      pk.endsWith('/coat') ? { ...state, reversed: [{ memberId: 'm_3' } satisfies Reversal] } : undefined,
    ['ledger', 'rewards', 'rewards-counted'],
    ({ pk }) => new RegExp(`rewards \\| ${pk} \\| ${pk} was taken back, and reward:\\S+ was not reversed`),
  ],
  [
    'a purchase is still parked',
    'referral',
    ({ sk, state }) => (sk.startsWith('purchase/') ? { ...state, status: 'parked' } : undefined),
    ['purchases-settled'],
    ({ sk }) => `purchases-settled | ${sk.slice(9)} | redemption ${sk.slice(9)} is parked in referral`,
  ],
  [
    'a purchase was settled as none',
    'referral',
    ({ sk, state }) =>
      sk.startsWith('purchase/') && state.outcome === 'referred' ? { ...state, outcome: 'self' } : undefined,
    ['purchases-settled'],
    ({ sk }) =>
      `purchases-settled | ${sk.slice(9)} | redemption ${sk.slice(9)} is settled as self in referral, and made a referral`,
  ],
  [
    'issuance shows a code otherwise',
    'issuance',
    ({ sk, state }) => (sk === 'status' ? { ...state, status: 'lost' } : undefined),
    ['statuses'],
    ({ pk }) => `statuses | ${pk} | ${pk} is lost in issuance, and was told to be `,
  ],
  [
    'issuance shows a code as it was',
    'issuance',
    ({ sk, state }) => (sk === 'status' && Number(state.sequence) > 1 ? { status: 'held', sequence: 1 } : undefined),
    ['statuses-heard'],
    ({ pk }) =>
      new RegExp(`statuses-heard \\| ${pk} \\| ${pk} stands in issuance as of event 1, and event \\d is the newest`),
  ],
  [
    'insights counted otherwise',
    'insights',
    ({ sk, state }) => (sk.startsWith('totals/') ? { ...state, redeemed: Number(state.redeemed) + 1 } : undefined),
    ['funnels'],
    ({ pk }) => new RegExp(`funnels \\| ${pk.slice(7)} \\| ${pk} counts \\d+ redeemed, the log \\d+`),
  ],
  [
    'insights counted another cancellation',
    'insights',
    ({ sk, state }) => (sk.startsWith('totals/') ? { ...state, cancelled: Number(state.cancelled) + 1 } : undefined),
    ['funnels'],
    ({ pk }) => new RegExp(`funnels \\| ${pk.slice(7)} \\| ${pk} counts 4 cancelled, the log 3`),
  ],
  [
    'insights counted a code of a grant as claimed besides',
    'insights',
    ({ sk, state }) => (sk.startsWith('totals/') ? { ...state, granted: Number(state.granted) + 1000 } : undefined),
    ['funnels'],
    ({ pk }) => new RegExp(`funnels \\| ${pk.slice(7)} \\| ${pk} counts \\d+ granted, the log \\d+`),
  ],
  [
    'insights counted more for whoever bears them',
    'insights',
    ({ sk, state }) => (sk.startsWith('totals/') ? { ...state, bearer: Number(state.bearer) + 1 } : undefined),
    ['funnels'],
    ({ pk }) => new RegExp(`funnels \\| ${pk.slice(7)} \\| ${pk} counts \\d+ bearer, the log \\d+`),
  ],
  [
    'a paid order without a code is listed as another',
    'insights',
    ({ pk, state }) =>
      pk.startsWith('lost-holds/') ? { ...state, lost: { ...(state.lost as State), orderId: 'other' } } : undefined,
    ['lost-holds'],
    ({ name }) =>
      new RegExp(
        `lost-holds \\| ${name} \\| ${name} is hold hold_\\S+ of shop_1/other \\(\\w+\\), and hold hold_\\S+ of shop_1/`,
      ),
  ],
  [
    'a lost hold was made good at another time',
    'insights',
    ({ pk }) => (pk.startsWith('made-good/') ? { redeemedAt: '2026-01-01T00:00:00.000Z' } : undefined),
    ['made-good'],
    ({ pk }) => new RegExp(`made-good \\| ${pk} \\| ${pk} was at 2026-01-01T00:00:00.000Z, and 2\\S+ was told`),
  ],
  [
    'insights counted another click for a fan',
    'insights',
    ({ pk, state }) => (pk.startsWith('shares/') ? { ...state, links: Number(state.links) + 1 } : undefined),
    ['funnels'],
    () => /funnels \| cmp_\S+ \| shares\/…\/cmp_\S+ counts \d+ links by \w+, the log \d+/,
  ],
];

const isToldAs = ({ entry }: State, type: string): boolean => (entry as State | undefined)?.type === type;

/** Items that are gone. */
const gone: [
  what: string,
  service: ServiceName,
  is: (item: Planted) => boolean,
  checks: string[],
  says: (item: Planted) => string,
][] = [
  [
    'a place that was taken is gone',
    'issuance',
    ({ sk, state }) => sk.startsWith('waitlist/') && state.status === 'taken',
    ['events', 'waitlist'],
    ({ name }) => `waitlist | ${name} | ${name} is none, and code/`,
  ],
  [
    'a code was never touched',
    'redemption',
    ({ sk, state }) => sk === 'life' && state.status === 'free',
    ['events'],
    ({ name }) => `events | ${name} | ${name} has events, and no item`,
  ],
  [
    'referral never heard of a purchase',
    'referral',
    ({ sk, state }) => sk.startsWith('purchase/') && state.outcome === 'referred',
    ['purchases'],
    ({ pk, sk }) => `purchases | ${pk} | redemption ${sk.slice(9)} of ${pk} is unknown in referral`,
  ],
  [
    'a lease is gone with its codes',
    'issuance',
    ({ sk, state }) => sk.startsWith('lease/') && state.status === 'open',
    ['quotas'],
    ({ pk }) => `quotas | ${pk.slice(6)} | `,
  ],
  [
    'issuance never heard of a standing',
    'issuance',
    ({ pk, sk }) => pk === 'member/m_4' && sk === 'standing',
    ['standings-heard'],
    ({ pk }) => `standings-heard | ${pk} | ${pk} stands in issuance as of event 0, and event `,
  ],
  [
    'a purchase is in nobody’s list',
    'membership',
    ({ pk, sk }) => pk.startsWith('member/') && sk.startsWith('purchase/'),
    ['spending-settled'],
    ({ sk }) => `spending-settled | ${sk.slice(34)} | ${sk.slice(34)} of m_`,
  ],
  [
    'issuance never heard of a purchase',
    'issuance',
    ({ sk, state }) => sk.startsWith('codes/bought/') && state.refused !== undefined,
    ['events', 'spending-settled'],
    ({ sk }) => `spending-settled | ${sk.slice(13)} | ${sk.slice(13)} is nothing in issuance, and campaign_`,
  ],
  [
    'a buyer has no slots at all',
    'redemption',
    ({ pk, sk, state }) =>
      sk === 'slots' && pk.startsWith('buyer/') && (state.slots as Slot[]).some(({ until }) => until === undefined),
    ['slots'],
    ({ pk }) => `slots | ${pk} | code/`,
  ],
  [
    'an order has no slots at all',
    'redemption',
    ({ pk, sk, state }) =>
      sk === 'slots' && pk.startsWith('order/') && (state.slots as Slot[]).some(({ until }) => until === undefined),
    ['slots'],
    ({ pk }) => `slots | ${pk} | code/`,
  ],
  [
    'a paid order without a code is not listed',
    'insights',
    ({ pk }) => pk.startsWith('lost-holds/'),
    ['lost-holds'],
    ({ name }) => `lost-holds | ${name} | ${name} is not listed: hold hold_`,
  ],
  [
    'it is not noted that a lost hold was made good',
    'insights',
    ({ pk }) => pk.startsWith('made-good/'),
    ['made-good'],
    ({ pk }) => `made-good | ${pk} | ${pk} is not noted`,
  ],
  ...(
    [
      [
        'an order’s history misses a part',
        'order-histories',
        ({ pk, state }) => pk.startsWith('order/') && isToldAs(state, 'code.redeemed'),
      ],
      [
        'an order’s history misses a referral',
        'order-histories',
        ({ pk, state }) => pk.startsWith('order/') && isToldAs(state, 'referral.made'),
      ],
      ['the order of a purchase is not known', 'order-histories', ({ pk }) => pk.startsWith('redemption/')],
      ['a member’s history misses a part', 'member-histories', ({ pk }) => pk.startsWith('member/')],
      ['a touch of a canary is not listed', 'canary-touches', ({ pk }) => pk.startsWith('canary-touches/')],
      ['what ops did is not listed', 'audit', ({ pk }) => pk.startsWith('audit/')],
      ['what an action left is not there', 'audit', ({ pk }) => pk.startsWith('trail/')],
    ] as [string, string, (item: Planted) => boolean][]
  ).map(([what, check, is]): (typeof gone)[number] => [
    what,
    'insights',
    is,
    [check],
    ({ name }) => `${check} | ${name} | ${name} is not there: `,
  ]),
  ...(['audit', 'canary-touches'] as const).map((list): (typeof gone)[number] => [
    `it is not noted that a month has any: ${list}`,
    'insights',
    ({ pk }) => pk === list,
    [list],
    ({ pk, sk }) => `${list} | ${pk}/${sk} | ${pk}/${sk} has something, and nobody is told to look there`,
  ]),
  [
    'a reference leads to no grant',
    'issuance',
    ({ pk, sk }) => pk.startsWith('reference/') && sk === 'PR-7',
    ['grants'],
    () => 'stands under PR-7, by which nothing is found',
  ],
  [
    'a grant has gone with its rows’ codes left behind',
    'issuance',
    ({ pk, state }) => pk.startsWith('grants/') && state.to === 'members' && state.status === 'done',
    ['events', 'granted', 'grants'],
    (item) => `has codes of batch ${batchIn(item)}, which nobody granted`,
  ],
  [
    'the batch of a grant is gone',
    'issuance',
    ({ pk, state }) => pk.startsWith('batches/') && state.canaries === 2,
    ['events', 'grants', 'quotas'],
    (item) => `has batch ${batchIn(item)}, which there is not`,
  ],
  [
    'a row has none of its codes',
    'issuance',
    ofFile,
    ['events', 'granted'],
    () => 'is for m_24, who has 0 of its 3 codes',
  ],
  [
    'the rows of a grant are gone',
    'issuance',
    ({ state }) => rowsOfFile(state),
    ['granted', 'granted-rows'],
    () => 'counts 1 pages of 7 rows, 2 of them none, for 8 codes, and there are 0 pages of 0 rows',
  ],
];

describe('a table that was changed', () => {
  it.each(cases)('is found when %s', async (_, service, change, checks, says) => {
    const { undo, ...item } = frozen.tables.plant(service, change);
    const found = await reconciled(undo);
    expect([found.settled, checksOf(found)], linesOf(found).join('\n')).toEqual([true, checks]);
    const wanted = says(item);
    const lines = linesOf(found);
    expect(
      lines.some((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line))),
      lines.join('\n'),
    ).toBe(true);
  });

  it.each(gone)('is found when %s', async (_, service, is, checks, says) => {
    const { undo, ...item } = frozen.tables.plant(service, (planted) => (is(planted) ? null : undefined));
    const found = await reconciled(undo);
    const lines = linesOf(found);
    expect([found.settled, checksOf(found)], lines.join('\n')).toEqual([true, checks]);
    expect(
      lines.some((line) => line.includes(says(item))),
      lines.join('\n'),
    ).toBe(true);
  });

  it.each([
    ['code.hold_extended', 'held'],
    ['code.cancelled', 'unused'],
    ['code.revoked', 'revoked'],
  ] as const)('is found when issuance shows a code otherwise after %s', async (type, status) => {
    const told = new Map<string, number>();
    for (const event of ofType(await eventsOf(frozen.log), type)) told.set(codeSubject(event.data), event.sequence);
    const { undo, pk } = frozen.tables.plant('issuance', ({ pk, sk, state }) =>
      sk === 'status' && state.sequence === told.get(pk) ? { ...state, status: 'lost' } : undefined,
    );
    expect(linesOf(await reconciled(undo))).toEqual([
      `statuses | ${pk} | ${pk} is lost in issuance, and was told to be ${status}`,
    ]);
  });

  it.each([
    ['buyer', 'code.cancelled'],
    ['order', 'code.cancelled'],
    ['buyer', 'code.revoked'],
    ['order', 'code.revoked'],
  ] as const)('is found when a slot of the %s is still taken after %s', async (scope, type) => {
    const events = await eventsOf(frozen.log);
    const cancelled = ofType(events, 'code.cancelled').find(
      ({ aggregate, sequence }) => !events.some((one) => one.aggregate === aggregate && one.sequence > sequence),
    );
    const [revoked] = ofType(events, 'code.revoked').flatMap(({ data: { hold, ...data } }) =>
      hold ? { ...data, ...hold, until: tomorrow() } : [],
    );
    const of = type === 'code.cancelled' ? cancelled?.data : revoked;
    if (!of) throw new Error(`there is no ${type}`);
    const { campaignId, order, buyer } = of;
    const name = { buyer: `buyer/${campaignId}/${buyer}`, order: `order/${campaignId}/shop_1/${order.orderId}` }[scope];
    const code = codeSubject(of);
    const slot: Slot = { code, order, ...('until' in of ? { until: of.until } : {}) };
    const { undo } = frozen.tables.plant('redemption', ({ pk, sk, state }) =>
      pk === name && sk === 'slots' ? { slots: [...(state.slots as Slot[]), slot] } : undefined,
    );
    expect(linesOf(await reconciled(undo))).toEqual([
      `slots | ${name} | ${name} has a slot for ${code}, which is not its order's (shop_1/${order.orderId})`,
    ]);
  });

  it('is found when a reward waits for longer than it should', async () => {
    const vestsAt = new Date(frozen.now() - 180_000).toISOString();
    const { undo, name } = frozen.tables.plant(
      'referral',
      edge((state) => ({ ...state, reward: { ...state.reward, status: 'pending', vestsAt } })),
    );
    const log = frozen.tampered((db, events) => {
      const mine = events.filter(({ event }) => event.aggregate === name);
      remove(db, first(mine, 'reward.vested'));
      rewrite(db, first(mine, 'reward.pending'), { vestsAt });
    });
    const lines = linesOf(await reconciled(undo, log));
    expect(lines.find((line) => line.startsWith('rewards-due'))).toMatch(`${name} was to vest at ${vestsAt}`);
  });
});

/** The codes of a grant as they would be, were they one code by name: what it has of its own is put in by hand. */
describe('a code by name', () => {
  let batch = 0;
  const undo: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const made = frozen.tables.plant('issuance', ({ pk, state }) =>
      pk.startsWith('batches/') && state.size === 12 ? { ...state, named: { name: 'PRESS', perBuyer: 2 } } : undefined,
    );
    batch = made.state.batch as number;
    const asked = frozen.tables.plant('issuance', ({ pk, state }) =>
      pk.startsWith('grants/') && state.batch === batch
        ? { ...state, named: { name: 'PRESS', perBuyer: 2 } }
        : undefined,
    );
    undo.push(made.undo, asked.undo);
    const named = new Map<string, { sk: string; state: { slots: Slot[] } | { indexes: number[] } }>();
    const use = (name: string, slot: Slot) => {
      const { slots = [] } = (named.get(name)?.state ?? {}) as { slots?: Slot[] };
      named.set(name, { sk: 'slots', state: { slots: [...slots, slot] } });
    };
    for (const { pk, sk, state } of await Array.fromAsync(frozen.tables.items('redemption'))) {
      if (sk !== 'life' || !pk.startsWith(`code/${batch}.`)) continue;
      const { status, hold, redemption, past } = state as {
        status: string;
        past: { ended: string; order: Slot['order'] }[];
      } & { [Owner in 'hold' | 'redemption']?: { buyer: string; order: typeof others; holdUntil?: string } };
      const owner = hold ?? redemption;
      // Of so few, four to a shard.
      const index = Number(pk.slice(pk.indexOf('.') + 1));
      const places = `named/${batch}/${Math.floor(index / 4)}`;
      if (status === 'revoked') {
        const order = past.find(({ ended }) => ended === 'revoked')?.order ?? { shop: '', orderId: '' };
        use(places, { code: pk, order });
      } else if (owner) {
        const { buyer, order, holdUntil } = owner;
        const slot: Slot = { code: pk, order, ...(holdUntil === undefined ? {} : { until: holdUntil }) };
        use(places, slot);
        use(`named/${batch}/of/${buyer}`, slot);
        const own = `named/${batch}/by/${order.shop}/${order.orderId}`;
        const { indexes = [] } = (named.get(own)?.state ?? {}) as { indexes?: number[] };
        named.set(own, { sk: 'places', state: { indexes: [...indexes, index] } });
      }
    }
    for (const [pk, { sk, state }] of named) undo.push(frozen.tables.put('redemption', { pk, sk }, state));
  });
  afterAll(async () => {
    for (const one of undo.toReversed()) await one();
  });

  it('has no differences when all of its uses have their places', async () => {
    const { settled, checks, differences } = await frozen.reconcile();
    expect([settled, differences]).toEqual([true, []]);
    const lookedBefore = checks.find(({ name }) => name === 'slots')?.looked ?? 0;
    expect(lookedBefore).toBeGreaterThan(40);
  });

  type Uses = [what: string, of: string, change: (slots: Slot[]) => Slot[] | null | undefined, says: string];
  const isPaid = ({ order, until }: Slot) => until === undefined && (order as typeof others).orderId !== '';
  const uses: Uses[] = [
    [
      'a use has no place',
      '0',
      (all) => all.filter((slot) => slot !== all.find(isPaid)),
      'code/\\S+ is redeemed by \\S.*, and NAME has no slot for it',
    ],
    ['no use has a place', '0', () => null, 'code/\\S+ is redeemed by \\S.*, and NAME has no slot for it'],
    [
      'a place is for a use that nobody has',
      '2',
      (all) => [...all, { code: `code/${batch}.11`, order: others }],
      'NAME has a slot for code/\\d+\\.11, which is not its order',
    ],
    [
      'a place stands in another shard',
      '0',
      (all) => [...all, { code: `code/${batch}.6`, order: { shop: 'shop_1', orderId: 'quicker' } }],
      'NAME has a slot for code/\\d+\\.6, which is not its order',
    ],
    [
      'a place is another’s',
      '0',
      (all) => all.map((slot) => (slot === all.find(isPaid) ? { ...slot, order: others } : slot)),
      'NAME has a slot for code/\\S+, which is not its order',
    ],
    [
      'a paid use has its place for a while only',
      '0',
      (all) => all.map((slot) => ({ ...slot, until: tomorrow() })),
      'NAME has a slot for code/\\S+, which is not its order',
    ],
    [
      'the place of a code that was revoked while it was held is free',
      '1',
      (all) => all.filter(({ code }) => code !== `code/${batch}.4`),
      'code/\\d+\\.4 is revoked, and NAME has no slot for it',
    ],
    [
      'the place of a code that was revoked is free',
      '1',
      (all) => all.filter(({ code }) => code !== `code/${batch}.5`),
      'code/\\d+\\.5 is revoked, and NAME has no slot for it',
    ],
    [
      'the place of a code that was revoked is another’s',
      '1',
      (all) => all.map((slot) => (slot.code === `code/${batch}.5` ? { ...slot, order: others } : slot)),
      'NAME has a slot for code/\\d+\\.5, which is not its order',
    ],
    [
      'more places are taken than there are',
      '0',
      ([slot, ...all]) => [...Array.from({ length: 5 }, () => slot as Slot), ...all],
      'NAME uses \\d+ of 4',
    ],
    ['a buyer has used it too often', 'of/', ([slot]) => (slot ? [slot, slot, slot] : undefined), 'NAME uses 3 of 2'],
    [
      'a use of a buyer does not count',
      'of/',
      (all) => (all.every(isPaid) ? [] : undefined),
      'code/\\S+ is redeemed by \\S.*, and NAME has no slot for it',
    ],
    [
      'a buyer has a use for a code of another',
      'of/',
      (all) => [...all, { code: `code/${batch}.11`, order: others }],
      'NAME has a slot for code/\\d+\\.11, which is not its order',
    ],
  ];

  it.each(uses)('is found when %s', async (_, of, change, says) => {
    const made = frozen.tables.plant('redemption', ({ pk, sk, state }) => {
      if (!pk.startsWith(`named/${batch}/${of}`) || sk !== 'slots') return undefined;
      const slots = change(state.slots as Slot[]);
      return slots && { slots };
    });
    const found = await reconciled(made.undo);
    const lines = linesOf(found);
    expect([found.settled, checksOf(found)], lines.join('\n')).toEqual([true, ['slots']]);
    const wanted = new RegExp(`^slots \\| ${made.pk} \\| ${says.replace('NAME', made.pk)}`);
    expect(
      lines.some((line) => wanted.test(line)),
      lines.join('\n'),
    ).toBe(true);
  });

  it.each([
    ['an order was given another place', { indexes: [11] }],
    ['an order was given no place', null],
  ] as [what: string, state: State | null][])('is found when %s', async (_, given) => {
    const { undo: back, pk } = frozen.tables.plant('redemption', ({ pk: name, sk }) =>
      sk === 'places' && name.endsWith('/bearer-0') ? given : undefined,
    );
    expect(linesOf(await reconciled(back))).toEqual([
      `slots | ${pk} | code/${batch}.0 is redeemed by shop_1/bearer-0, and ${pk} does not say so`,
    ]);
  });

  it('is right when an order was given more places since than are kept', async () => {
    const { undo: back } = frozen.tables.plant('redemption', ({ pk, sk }) =>
      sk === 'places' && pk.endsWith('/bearer-0') ? { indexes: [50, 51, 52, 53, 54, 55, 56, 57] } : undefined,
    );
    expect(linesOf(await reconciled(back))).toEqual([]);
  });
});

type Event = { id: number; event: CloudEvent };
const typeOf = ({ event }: Event): string => event.type.slice('fcode.'.length, -'.v1'.length);
const dataOf = ({ event }: Event): Record<string, unknown> => event.data as Record<string, unknown>;
const first = (events: Event[], type: string): Event => events.find((one) => typeOf(one) === type) as Event;
const remove = (db: DatabaseSync, { id }: Event) => db.prepare('DELETE FROM events WHERE id = ?').run(id);
const replace = (db: DatabaseSync, { id }: Event, event: CloudEvent) =>
  db.prepare('UPDATE events SET body = ? WHERE id = ?').run(JSON.stringify(event), id);
const rewrite = (db: DatabaseSync, one: Event, data: object) =>
  replace(db, one, { ...one.event, data: { ...dataOf(one), ...data } });
const released = (events: Event[], cause: string): Event =>
  events.find((one) => typeOf(one) === 'code.released' && dataOf(one).cause === cause) as Event;
const holdOf = (events: Event[], end: Event): Event =>
  events.find((one) => typeOf(one) === 'code.held' && dataOf(one).holdId === dataOf(end).holdId) as Event;
const isOf = ({ event }: Event, other: Event): boolean => event.aggregate === other.event.aggregate;
/** The same event of the same item, some steps later. */
const later = ({ event }: Event, steps: number, data: object = {}): CloudEvent => {
  const sequence = Number(event.sequence) + steps;
  const id = event.id.replace(/@\d+$/, `@${sequence}`);
  return { ...event, id, sequence: String(sequence).padStart(12, '0'), data: { ...(event.data as object), ...data } };
};

/** Whether something of a type was told of the same purchase. */
const ofKind = (events: Event[], event: Event, type: string): boolean =>
  events.some((one) => typeOf(one) === type && dataOf(one).purchaseId === dataOf(event).purchaseId);
/** Whether it tells of a code of a place that was offered. */
const isWaited = (one: Event): boolean => {
  const { reasons = [] } = (dataOf(one).receipt ?? {}) as { reasons?: { code: string }[] };
  return typeOf(one) === 'code.claimed' && reasons.some(({ code }) => code === 'waited');
};
const newestOf = (events: Event[], type: string): Event => events.findLast((one) => typeOf(one) === type) as Event;

type LogCase = [
  what: string,
  tamper: (db: DatabaseSync, events: Event[]) => string,
  checks: string[],
  says: (item: string) => RegExp | string,
];

/** What finds that an event is of another order: its history has it under the one that it was told for. */
const ofOrder = (data: object): string[] => ('order' in data ? ['lives', 'order-histories'] : ['lives']);

/** The first event of a type, of a revocation one that ends a hold, says something else. */
const rewritten = (type: string, data: object, checks: string[], says: string): LogCase => [
  `${type} says ${JSON.stringify(data)}`,
  (db, events) => {
    const event = events.find(
      (one) => typeOf(one) === type && (type !== 'code.revoked' || dataOf(one).hold !== undefined),
    ) as Event;
    rewrite(db, event, data);
    return event.event.subject;
  },
  checks,
  (code) => new RegExp(`lives \\| ${code} \\| ${code} ${says}`),
];

/** An event of a type says something else of how its code is passed on. */
const passedOn = (type: string, nth: number, data: object, says: string, checks: string[] = ['transfers']): LogCase => [
  `${type} says ${JSON.stringify(data)}`,
  (db, events) => {
    const event = events.filter((one) => typeOf(one) === type).at(nth) as Event;
    rewrite(db, event, data);
    return event.event.subject;
  },
  checks,
  (code) => new RegExp(`transfers \\| ${code} \\| ${code} ${says}`),
];

/** Whose history tells of it is somebody else's then. */
const ofMembers = ['member-histories', 'transfers'];

const transferCases: LogCase[] = [
  passedOn('code.offered', 0, { transferId: 'tr_x' }, 'has tr_x as offer 1'),
  passedOn('code.offered', 0, { from: 'm_9' }, 'is with m_4, and was offered by m_9', ofMembers),
  passedOn('code.offered', 1, { from: 'm_9' }, 'is with m_5, and was offered by m_9', ofMembers),
  passedOn(
    'code.offered',
    1,
    { until: '2099-01-01T00:00:00.000Z' },
    'is with m_5 from m_4 .*, and was offered until 2099',
  ),
  passedOn('code.accepted', 0, { transferId: 'tr_x' }, 'is offered by tr_\\S+, and tr_x was accepted'),
  passedOn('code.accepted', 0, { from: 'm_9' }, 'has tr_\\S+ from m_4, and it was accepted as from m_9', ofMembers),
  passedOn('code.accepted', 0, { to: 'm_4' }, 'was accepted by m_4, who had offered it', ofMembers),
  passedOn('code.accepted', 1, { to: 'm_9' }, 'is with m_6 from m_5 .* in the table, and with m_9 from m_5', ofMembers),
  passedOn(
    'code.accepted',
    1,
    { acceptedAt: '2099-01-01T00:00:00.000Z' },
    'has tr_\\S+ until \\S+, and it was accepted at 2099',
  ),
  passedOn(
    'code.accepted',
    1,
    { until: '2099-01-01T00:00:00.000Z' },
    'has tr_\\S+ until \\S+, and it was accepted at .* until 2099',
  ),
  passedOn('code.withdrawn', 0, { transferId: 'tr_x' }, 'is offered by tr_\\S+, and tr_x was withdrawn'),
  passedOn('code.withdrawn', 0, { from: 'm_9' }, 'has tr_\\S+ from m_1, and it was withdrawn as from m_9', ofMembers),
  passedOn(
    'code.withdrawn',
    0,
    { withdrawnAt: '2099-01-01T00:00:00.000Z' },
    'has tr_\\S+ until \\S+, and it was withdrawn at 2099',
  ),
  [
    'a friend accepted a code and nobody told',
    (db, events) => {
      const event = first(events, 'code.accepted');
      remove(db, event);
      return event.event.subject;
    },
    ['member-histories', 'transfers'],
    (code) => `transfers | ${code} | ${code} is on offer from m_4 by tr_`,
  ],
  [
    'a fan took a code back and nobody told',
    (db, events) => {
      const event = events.findLast((one) => typeOf(one) === 'code.withdrawn') as Event;
      remove(db, event);
      return event.event.subject;
    },
    ['member-histories', 'transfers'],
    (code) => `transfers | ${code} | ${code} is on offer from m_1 by tr_`,
  ],
  ...(['code.accepted', 'code.withdrawn'] as const).map(
    (type): LogCase => [
      `${type} follows when a friend has accepted it`,
      (db, events) => {
        const event = events.findLast((one) => typeOf(one) === 'code.accepted') as Event;
        const like = first(events, type).event;
        const at = { to: 'm_9', withdrawnAt: dataOf(event).acceptedAt };
        append(db, { ...later(event, 10, at), type: like.type });
        return event.event.subject;
      },
      ['events', 'member-histories', 'transfers'],
      (code) =>
        new RegExp(
          `transfers \\| ${code} \\| ${code} has tr_\\S+, which was accepted by m_6, and then ${type.slice('code.'.length)}`,
        ),
    ],
  ),
  [
    'a code is taken back twice',
    (db, events) => {
      const event = events.findLast((one) => typeOf(one) === 'code.withdrawn') as Event;
      append(db, later(event, 10));
      return event.event.subject;
    },
    ['events', 'member-histories', 'transfers'],
    (code) =>
      new RegExp(
        `${code} (has tr_\\S+, which was withdrawn, and then|is offered by tr_\\S+, and tr_\\S+ was) withdrawn`,
      ),
  ],
  [
    'somebody else takes a code that is with a friend',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'code.held' && dataOf(one).buyer === 'm:m_6') as Event;
      rewrite(db, event, { buyer: 'm:m_4' });
      return event.event.subject;
    },
    ['transfers'],
    (code) => new RegExp(`transfers \\| ${code} \\| ${code} is with m_6 from m_5 .*, and was taken by m:m_4 at`),
  ],
];

/** Of what `stop` is about: a batch, or else a campaign. */
const isUnder = (one: Event, stop: Event): boolean => {
  const { batch, campaignId } = dataOf(stop);
  return batch === undefined ? dataOf(one).campaignId === campaignId : dataOf(one).batch === batch;
};
const isHeld = (one: Event): boolean => typeOf(one) === 'code.held';
const isExtended = (one: Event): boolean => typeOf(one) === 'code.hold_extended';
const isPaid = (one: Event): boolean => typeOf(one) === 'code.redeemed' && dataOf(one).holdId !== undefined;
const isMadeGood = (one: Event): boolean => dataOf(one).goodwill !== undefined;

type Tamper = (db: DatabaseSync, events: Event[]) => Event;
/** One of what was stopped is decided by the terms of its stop. */
const byTerms =
  (type: string, is: (one: Event) => boolean): Tamper =>
  (db, events) => {
    const stop = first(events, type);
    const event = events.find((one) => is(one) && isUnder(one, stop)) as Event;
    // The item whose events stops are has one step for each version of the terms.
    rewrite(db, event, { receipt: { termsVersion: Number(stop.event.sequence), reasons: [] } });
    return event;
  };
/** One of what was stopped is decided so much later than that, or before. */
const after =
  (type: string, is: (one: Event) => boolean, ms: number): Tamper =>
  (db, events) => {
    const stop = first(events, type);
    const event = events.find((one) => is(one) && isUnder(one, stop)) as Event;
    const at = new Date(Date.parse(stop.event.time) + ms).toISOString();
    const by = { 'code.held': 'heldAt', 'code.hold_extended': 'extendedAt', 'code.redeemed': 'redeemedAt' };
    rewrite(db, event, { [by[typeOf(event) as keyof typeof by]]: at });
    return event;
  };

/** Longer than clocks may be apart and a stop may take, and not so long. */
const [longMs, shortMs] = [90_000, 55_000];

const stopCases = (
  [
    ['is held by terms that killed its campaign', byTerms('checkout.killed', isHeld), 'cmp_\\S+ was killed by'],
    ['is paid by terms that killed its campaign', byTerms('checkout.killed', isPaid), 'cmp_\\S+ was killed by'],
    [
      'is held long after its campaign was killed',
      after('checkout.killed', isHeld, longMs),
      'cmp_\\S+ had been killed',
    ],
    [
      'is paid long after its campaign was killed',
      after('checkout.killed', isPaid, longMs),
      'cmp_\\S+ had been killed',
    ],
    ['is held by terms that revoked its batch', byTerms('batch.revoked', isHeld), 'batch \\d+ was revoked by'],
    ['is paid by terms that revoked its batch', byTerms('batch.revoked', isPaid), 'batch \\d+ was revoked by'],
    ['is held by terms that paused its campaign', byTerms('checkout.paused', isHeld), 'cmp_\\S+ was paused by'],
    ['is held while its campaign is paused', after('checkout.paused', isHeld, longMs), 'cmp_\\S+ had been paused'],
  ] as const
).map(
  ([what, tamper, says]): LogCase => [
    `a code ${what}`,
    (db, events) => tamper(db, events).event.subject,
    ['stops'],
    (code) => new RegExp(`stops \\| ${code} \\| ${code} was taken by redemption/${code}#life@\\d+, and ${says}`),
  ],
);

/** What looks like it, and may be. */
const lawful: [what: string, tamper: Tamper][] = [
  ['a code is held when its campaign was just killed', after('checkout.killed', isHeld, shortMs)],
  ['a code is held when its batch was just revoked', after('batch.revoked', isHeld, shortMs)],
  ['a code is held when its campaign was just paused', after('checkout.paused', isHeld, shortMs)],
  ['a code is held when its campaign is just to go on', after('checkout.resumed', isHeld, -shortMs)],
  ['a hold is extended while its campaign is paused', after('checkout.paused', isExtended, pausedForMs / 2)],
  ['a held code is paid while its campaign is paused', after('checkout.paused', isPaid, pausedForMs / 2)],
  ['a held code is paid by terms that paused its campaign', byTerms('checkout.paused', isPaid)],
  ['a lost hold is made good by terms that paused its campaign', byTerms('checkout.paused', isMadeGood)],
];

/** What the log can say otherwise of grants, badges and canaries. */
const opsLogCases: LogCase[] = [
  ...(
    [
      ['grant.requested', ['audit', 'grants'], 'was asked for, and no event tells so'],
      ['grant.approved', ['audit', 'grants'], 'was approved by ops_2 in the table and by nobody by the log'],
      ['grant.cancelled', ['audit', 'grants'], 'is cancelled in the table and waiting by the log'],
      ['grant.finished', ['grants'], 'is done in the table and running by the log'],
    ] as const
  ).map(
    ([type, checks, says]): LogCase => [
      `${type} has no event`,
      (db, events) => {
        const event = first(events, type);
        remove(db, event);
        return event.event.aggregate;
      },
      [...checks],
      (name) => `grants | ${name} | ${name} ${says}`,
    ],
  ),
  ...(
    [
      ['grant.requested', { codes: 77 }, 'is \\d+ codes to .*, and was asked for as 77 codes to'],
      ['grant.requested', { reference: 'other' }, 'is .* under .*, and was asked for as .* under other'],
      ['grant.requested', { approvals: 2 }, 'is .*, with 1 approvals, and was asked for as .*, with 2 approvals'],
      ['grant.finished', { codes: 77 }, 'is \\d+ codes to .*, and ended as 77 codes to'],
      ['grant.finished', { granted: 77 }, 'is .* rows, and ended as .* to 77 of'],
    ] as const
  ).map(
    ([type, data, says]): LogCase => [
      `${type} says ${JSON.stringify(data)}`,
      (db, events) => {
        const event = first(events, type);
        rewrite(db, event, data);
        return event.event.aggregate;
      },
      ['grants'],
      (name) => new RegExp(`grants \\| ${name} \\| ${name} ${says}`),
    ],
  ),
  [
    'a badge was awarded and nobody told',
    (db, events) => {
      const event = first(events, 'badge.awarded');
      remove(db, event);
      return event.event.aggregate;
    },
    ['audit', 'badges', 'member-histories'],
    (name) => new RegExp(`badges \\| ${name} \\| ${name} has the badges .*early since \\S+.* in the table and `),
  ],
  [
    'a badge was withdrawn and nobody told',
    (db, events) => {
      const event = first(events, 'badge.withdrawn');
      remove(db, event);
      return event.event.aggregate;
    },
    ['audit', 'badges', 'member-histories'],
    (name) => new RegExp(`badges \\| ${name} \\| ${name} has the badges \\S+, and membership/${name}@\\d+ tells `),
  ],
  [
    'a badge is awarded twice',
    (db, events) => {
      const event = newestOf(events, 'badge.awarded');
      append(db, later(event, 50));
      return event.event.aggregate;
    },
    ['audit', 'badges', 'events', 'member-histories'],
    (name) => `badges | ${name} | ${name} has early, and then badge.awarded`,
  ],
  [
    'a badge is withdrawn that the member has not',
    (db, events) => {
      const event = first(events, 'badge.withdrawn');
      rewrite(db, event, { badge: 'vip' });
      return event.event.aggregate;
    },
    ['badges'],
    (name) => `badges | ${name} | ${name} does not have vip, and then badge.withdrawn`,
  ],
  [
    'a member has more badges than there is room for',
    (db, events) => {
      const event = newestOf(events, 'badge.awarded');
      const badges = Array.from({ length: 32 }, (_, n) => later(event, 50 + n, { badge: `more-${n}` }));
      append(db, ...badges);
      return event.event.aggregate;
    },
    ['audit', 'badges', 'events', 'member-histories'],
    (name) => `badges | ${name} | ${name} has 33 badges of 32`,
  ],
  [
    'a standing is told with other badges',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'score.changed' && dataOf(one).badges !== undefined) as Event;
      rewrite(db, event, { badges: ['vip'] });
      return event.event.aggregate;
    },
    ['badges'],
    (name) => new RegExp(`badges \\| ${name} \\| ${name} has the badges \\S+, and membership/${name}@\\d+ tells vip`),
  ],
  [
    'a canary was touched and nobody told',
    (db, events) => {
      const event = first(events, 'canary.touched');
      remove(db, event);
      return String(dataOf(event).touchedAt);
    },
    ['canary-touches'],
    (at) => new RegExp(`canary-touches/${at.slice(0, 7)}#${at}/\\S+ is check of cmp_.*, and nothing was told`),
  ],
  [
    'ops did something and nobody told',
    (db, events) => {
      const event = first(events, 'member.revoked');
      remove(db, event);
      return '';
    },
    ['audit', 'member-histories'],
    () => /audit \| (trail\/codes\/m_26#\d+) \| \1 is what an action left, and nothing was told/,
  ],
];

/** An event of a place says something else, or is not there. */
const waitEvent = (
  what: string,
  type: string,
  change: ((db: DatabaseSync, event: Event) => void) | object,
  says: string,
  checks: string[] = ['waitlist'],
): LogCase => [
  what,
  (db, events) => {
    const event = newestOf(events, type);
    if (typeof change === 'function') change(db, event);
    else rewrite(db, event, change);
    return event.event.aggregate;
  },
  checks,
  (name) => new RegExp(`waitlist \\| ${name} \\| ${name} ${says}`),
];

const waitlistLogCases: LogCase[] = [
  waitEvent(
    'nobody told that a member waits',
    'waitlist.joined',
    remove,
    'is waiting since \\S+ in the table, and lapsed since',
    ['member-histories', 'waitlist'],
  ),
  waitEvent(
    'nobody told that a place lapsed',
    'waitlist.lapsed',
    remove,
    // One of them has joined again.
    'is (lapsed since \\S+ in the table, and offered since|offered since \\S+, and was joined)',
    ['member-histories', 'waitlist'],
  ),
  waitEvent(
    'nobody told that a place was offered',
    'waitlist.offered',
    remove,
    'is (taken|offered) since \\S+ in the table, and waiting since',
    ['member-histories', 'waitlist'],
  ),
  waitEvent(
    'nobody told that a member left',
    'waitlist.left',
    remove,
    'is left since \\S+ in the table, and waiting since',
    ['member-histories', 'waitlist'],
  ),
  waitEvent(
    'a place is offered to who has waited for another',
    'waitlist.offered',
    { since: longAgo },
    `is waiting since \\S+, and was offered since ${longAgo}`,
  ),
  waitEvent(
    'a place lapsed before it was over',
    'waitlist.lapsed',
    { until: longAgo },
    `is offered since \\S+, and was lapsed at ${longAgo}`,
  ),
  waitEvent(
    'a member declined what was not offered',
    'waitlist.left',
    { declined: true },
    'is waiting since \\S+, and was declined',
  ),
  waitEvent(
    'a member joined who waited already',
    'waitlist.joined',
    (db, event) => append(db, later(event, 10)),
    'is waiting since \\S+, and was joined',
    ['events', 'member-histories', 'waitlist'],
  ),
  [
    'a code of a place that was taken was claimed otherwise',
    (db, events) => {
      const event = events.find((one) => isWaited(one)) as Event;
      const receipt = dataOf(event).receipt as State & { reasons: { code: string }[] };
      rewrite(db, event, { receipt: { ...receipt, reasons: receipt.reasons.filter(({ code }) => code !== 'waited') } });
      return event.event.aggregate.replace('codes/claimed', 'waitlist');
    },
    ['waitlist'],
    (name) => `waitlist | ${name} | ${name} is taken, and no code that was waited for was told`,
  ],
  [
    'a code was waited for that was claimed otherwise',
    (db, events) => {
      const event = events.find(
        (one) => typeOf(one) === 'code.claimed' && dataOf(one).receipt && !isWaited(one),
      ) as Event;
      const receipt = dataOf(event).receipt as State & { reasons: object[] };
      rewrite(db, event, {
        receipt: { ...receipt, reasons: [...receipt.reasons, { code: 'waited', since: longAgo }] },
      });
      return event.event.aggregate.replace('codes/claimed', 'waitlist');
    },
    ['waitlist'],
    (name) => new RegExp(`waitlist \\| ${name} \\| ${name} is none, and code/\\S+ was taken since ${longAgo}`),
  ],
];

const logCases: LogCase[] = [
  ...waitlistLogCases,
  ...opsLogCases,
  ...transferCases,
  ...stopCases,
  [
    'a redemption has no event',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'code.redeemed' && dataOf(one).holdId === undefined) as Event;
      remove(db, event);
      return event.event.subject;
    },
    ['funnels', 'lives', 'order-histories', 'purchases', 'statuses'],
    (code) =>
      new RegExp(
        `lives \\| ${code} \\| ${code} is redeemed in the table and \\w+ by the log: redemption rdm_\\S+ has no event`,
      ),
  ],
  [
    'a code is sold twice',
    (db, events) => {
      const event = first(events, 'code.redeemed');
      append(db, later(event, 1, { order: others }));
      return event.event.subject;
    },
    ['events', 'funnels', 'lives', 'order-histories', 'statuses-heard'],
    (code) =>
      new RegExp(`lives \\| ${code} \\| ${code} is redeemed by \\S+, and then code.redeemed by shop_1/somebody-else`),
  ],
  [
    'somebody took a hold before it was over',
    (db, events) => {
      const event = released(events, 'expired');
      const endedAt = Date.parse(String(dataOf(event).releasedAt));
      rewrite(db, holdOf(events, event), { holdUntil: new Date(endedAt + 1).toISOString() });
      return event.event.subject;
    },
    ['lives'],
    (code) => new RegExp(`lives \\| ${code} \\| ${code} was taken by \\S+ \\d+ ms before the hold by \\S+ was over`),
  ],
  [
    'a hold ends by itself',
    (db, events) => {
      const event = released(events, 'released');
      rewrite(db, event, { cause: 'expired' });
      return event.event.subject;
    },
    ['lives'],
    (code) => new RegExp(`${code} has a hold by \\S+ that ended as expired, and nobody took the code`),
  ],
  [
    'a hold is made beside another',
    (db, events) => {
      const event = released(events, 'released');
      const { type, data } = holdOf(events, event).event;
      const holdId = String(dataOf(event).holdId).replace(/_1$/, '_2');
      replace(db, event, { ...event.event, type, data: { ...(data as object), holdId, order: others } });
      return event.event.subject;
    },
    ['funnels', 'lives', 'order-histories', 'statuses'],
    (code) => new RegExp(`lives \\| ${code} \\| ${code} is held by \\S+, and then code.held by shop_1/somebody-else`),
  ],
  [
    'a code was passed on and nobody told',
    (db, events) => {
      const event = events.find(
        (one) => typeOf(one) === 'code.offered' && events.every((two) => two === one || !isOf(two, one)),
      ) as Event;
      remove(db, event);
      return event.event.subject;
    },
    ['lives', 'member-histories', 'transfers'],
    (code) => `lives | ${code} | ${code} is free in the table and untouched by the log`,
  ],
  [
    'a hold is extended twice',
    (db, events) => {
      const event = first(events, 'code.hold_extended');
      append(db, later(event, 1));
      return event.event.subject;
    },
    ['events', 'lives', 'order-histories', 'statuses-heard'],
    (code) => new RegExp(`lives \\| ${code} \\| ${code} has hold hold_\\S+, which was extended twice`),
  ],
  ...(
    [
      [{ holdId: 'hold_x' }, 'is held by hold_\\S+, and hold_x was extended'],
      [{ order: others }, 'is held by shop_1/bearer-3, and then code.hold_extended by shop_1/somebody-else'],
      [{ holdUntil: '2026-01-01T00:00:00.000Z' }, 'has hold hold_\\S+, which was extended at \\S+ to 2026-01-01T'],
    ] as const
  ).map(([data, says]) => rewritten('code.hold_extended', data, ofOrder(data), says)),
  [
    'an extension has no event',
    (db, events) => {
      const event = first(events, 'code.hold_extended');
      remove(db, event);
      return event.event.subject;
    },
    ['lives', 'order-histories', 'statuses', 'statuses-heard'],
    (code) => new RegExp(`lives \\| ${code} \\| ${code} is held until \\S+ in the table and \\S+ by the log`),
  ],
  ...(
    [
      [{ refunded: 401 }, 'gave back 0 of 400 EUR, and 401 with return shoes'],
      [{ redemptionId: 'rdm_x' }, 'is redemption rdm_\\S+, and something came back of rdm_x'],
      [{ order: others }, 'is redeemed by shop_1/bearer-0, and then code.refunded by shop_1/somebody-else'],
      [{ returnId: 'socks' }, 'has return socks, which was told twice'],
      [{ refunded: 150 }, 'gave back 150 of 400 EUR, and 150 with return socks'],
      [{ refunded: 151 }, 'gave back 151 of 400 EUR, and 150 with return socks'],
      [{ paid: 500 }, 'cost 500 EUR, and 400 EUR by return socks'],
      [{ currency: 'CNY' }, 'cost 400 CNY, and 400 EUR by return socks'],
    ] as const
  ).map(([data, says]) => rewritten('code.refunded', data, ofOrder(data), says)),
  [
    'a return has no event',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'code.refunded' && dataOf(one).returnId === 'socks') as Event;
      remove(db, event);
      return event.event.subject;
    },
    ['lives', 'order-histories'],
    (code) => `lives | ${code} | ${code} gave back 150 in the table and 100 by the log`,
  ],
  ...(
    [
      [{ redemptionId: 'rdm_x' }, 'is redemption rdm_\\S+, and rdm_x was cancelled'],
      [{ order: others }, 'is redeemed by shop_1/bearer-1, and then code.cancelled by shop_1/somebody-else'],
    ] as const
  ).map(([data, says]) => rewritten('code.cancelled', data, ofOrder(data), says)),
  [
    'a cancellation has no event',
    (db, events) => {
      const event = first(events, 'code.cancelled');
      remove(db, event);
      return event.event.subject;
    },
    ['funnels', 'lives', 'order-histories', 'statuses', 'statuses-heard'],
    (code) => `lives | ${code} | ${code} is free in the table and redeemed by the log`,
  ],
  ...(
    [
      [{ hold: undefined }, 'is held by shop_1/bearer-4, and then code.revoked', ['lives', 'order-histories']],
      [
        { hold: { holdId: 'hold_x', order: others, buyer: 'm:m_1' } },
        'is held by shop_1/bearer-4, and then code.revoked by',
        ['lives', 'member-histories', 'order-histories'],
      ],
      [
        { hold: { holdId: 'hold_x', order: { shop: 'shop_1', orderId: 'bearer-4' }, buyer: 'm:m_1' } },
        'is held by hold_\\S+, and hold_x was revoked',
        ['lives', 'member-histories'],
      ],
    ] as const
  ).map(([data, says, checks]) => rewritten('code.revoked', data, [...checks], says)),
  [
    'a revocation ends a hold that there was not',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'code.revoked' && dataOf(one).hold === undefined) as Event;
      rewrite(db, event, { hold: { holdId: 'hold_x', order: others, buyer: 'm:m_1' } });
      return event.event.subject;
    },
    ['lives', 'member-histories', 'order-histories'],
    (code) => `lives | ${code} | ${code} is untouched, and then code.revoked by shop_1/somebody-else`,
  ],
  [
    'a revocation has no event',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'code.revoked' && dataOf(one).hold === undefined) as Event;
      remove(db, event);
      return event.event.subject;
    },
    ['audit', 'lives', 'statuses'],
    (code) => `lives | ${code} | ${code} is revoked in the table and untouched by the log`,
  ],
  [
    'a hold ends as expired, and another order lost it',
    (db, events) => {
      const event = events.find(
        (one) => typeOf(one) === 'code.hold_lost' && dataOf(one).cause === 'order_limit',
      ) as Event;
      rewrite(db, event, { order: others });
      return event.event.subject;
    },
    ['lives', 'lost-holds', 'order-histories'],
    (code) => new RegExp(`${code} has a hold by .+ that ended as expired, and nobody took the code`),
  ],
  [
    'a paid order without a code has no event',
    (db, events) => {
      const event = events.find((one) => typeOf(one) === 'code.hold_lost' && dataOf(one).cause === 'revoked') as Event;
      remove(db, event);
      return String(dataOf(event).lostAt);
    },
    ['lost-holds', 'order-histories'],
    (lostAt) =>
      new RegExp(
        `lost-holds/${lostAt.slice(0, 7)}#${lostAt}/\\S+ is hold hold_\\S+ of shop_1/bearer-4 \\(revoked\\), and nothing was told`,
      ),
  ],
  [
    'another lost hold was made good',
    (db, events) => {
      const event = events.find(isMadeGood) as Event;
      rewrite(db, event, { goodwill: { ...(dataOf(event).goodwill as State), holdId: 'hold_x' } });
      return '';
    },
    ['made-good'],
    () => /made-good \| (made-good\/hold_x\/\S+) \| \1 is not noted/,
  ],
  [
    'an event says different things',
    (db, events) => {
      const { event } = first(events, 'code.held');
      append(db, { ...event, data: { ...(event.data as object), sku: 'OTHER' } });
      return event.id;
    },
    ['events'],
    (id) => `events | ${id} | ${id} stands in the log twice and says different things`,
  ],
  [
    'an event comes too late',
    (db, events) => {
      const event = events.find(
        (one) =>
          typeOf(one) === 'code.held' &&
          Number(one.event.sequence) === 1 &&
          events.some((two) => two.event.aggregate === one.event.aggregate && typeOf(two) === 'code.released'),
      ) as Event;
      remove(db, event);
      append(db, event.event);
      return event.event.id;
    },
    ['events', 'lives', 'statuses-heard'],
    (id) => new RegExp(`events \\| ${id} \\| ${id} comes after event \\d+ of the same item in the log`),
  ],
  [
    'an event cannot be understood',
    (db, events) => {
      const { event } = first(events, 'member.pinned');
      append(db, { ...event, type: 'fcode.no.such.v1', id: 'none' });
      return '';
    },
    ['events'],
    () =>
      /events \| membership\/\d+\/\d+ \| membership\/\d+\/\d+ has an event that cannot be understood: no event of type no.such/,
  ],
  [
    'an event belongs to no item',
    (db, events) => {
      const { event } = first(events, 'link.created');
      const aggregate = 'link/nobodys#link';
      append(db, { ...event, aggregate, id: `referral/${aggregate}@1` });
      return aggregate;
    },
    ['events', 'funnels', 'member-histories'],
    (name) => `events | ${name} | ${name} has events, and no item`,
  ],
  [
    'points were spent and nobody told',
    (db, events) => {
      const event = events.find(
        (one) => typeOf(one) === 'points.spent' && ofKind(events, one, 'code.claimed'),
      ) as Event;
      remove(db, event);
      return String(dataOf(event).purchaseId);
    },
    ['member-histories', 'spending-settled', 'sums'],
    (id) => `spending-settled | ${id} | ${id} has come to an end or to the ledger, and nobody told that it was paid`,
  ],
  [
    'a purchase is paid twice',
    (db, events) => {
      const event = newestOf(events, 'points.spent');
      append(db, later(event, 50));
      return String(dataOf(event).purchaseId);
    },
    ['events', 'member-histories', 'spending'],
    (id) => new RegExp(`spending \\| ${id} \\| ${id} was paid twice: by membership/\\S+ and by membership/\\S+`),
  ],
  [
    'a purchase is neither bought nor refused',
    (db, events) => {
      const event = first(events, 'purchase.refused');
      remove(db, event);
      return String(dataOf(event).purchaseId);
    },
    ['member-histories', 'spending-settled'],
    (id) => `spending-settled | ${id} | ${id} is paid, and neither bought nor refused`,
  ],
  [
    'a purchase is bought and refused',
    (db, events) => {
      const { event } = events.find((one) => dataOf(one).how === 'bought') as Event;
      const { purchaseId, memberId, campaignId } = event.data as Record<string, string>;
      const data = { purchaseId, memberId, campaignId, reason: 'sold_out' };
      const id = event.id.replace(/@1$/, '@2');
      append(db, { ...event, id, type: 'fcode.purchase.refused.v1', sequence: '000000000002', data });
      return String(purchaseId);
    },
    ['events', 'member-histories', 'spending', 'spending-settled'],
    (id) => new RegExp(`spending \\| ${id} \\| ${id} was bought as code/\\S+, and refused as sold_out`),
  ],
  [
    'a purchase is two codes by the log',
    (db, events) => {
      const event = events.find((one) => dataOf(one).how === 'bought') as Event;
      append(db, later(event, 1, { index: 99_000 }));
      return String(dataOf(event).purchaseId);
    },
    ['events', 'funnels', 'member-histories', 'spending'],
    (id) => `spending | ${id} | ${id} was bought twice: by issuance/member/`,
  ],
  [
    'a code was bought by no purchase',
    (db, events) => {
      const event = events.find((one) => dataOf(one).how === 'bought') as Event;
      rewrite(db, event, { purchaseId: undefined });
      return event.event.id;
    },
    ['spending', 'spending-settled'],
    (id) => `spending | ${id} | ${id} tells of a code that is bought, by purchase none`,
  ],
  [
    'points are given back twice',
    (db, events) => {
      const event = newestOf(events, 'points.returned');
      append(db, later(event, 50));
      return String(dataOf(event).purchaseId);
    },
    ['events', 'member-histories', 'spending'],
    (id) => `spending | ${id} | ${id} was given back twice: by membership/member/`,
  ],
  [
    'less is given back than was paid',
    (db, events) => {
      const event = first(events, 'points.returned');
      rewrite(db, event, { weight: '1' });
      return String(dataOf(event).purchaseId);
    },
    ['spending-settled', 'sums'],
    (id) => new RegExp(`${id} was refused as campaign_\\w+, and 1 of \\d+ for campaign_\\w+ was given back`),
  ],
  [
    'nothing is given back',
    (db, events) => {
      const event = first(events, 'points.returned');
      remove(db, event);
      return String(dataOf(event).purchaseId);
    },
    ['member-histories', 'spending-settled', 'sums'],
    (id) => new RegExp(`${id} was refused as campaign_\\w+, and nothing was given back`),
  ],
  [
    'a claim has no event',
    (db, events) => {
      const event = first(events, 'code.claimed');
      remove(db, event);
      return event.event.aggregate;
    },
    ['claims', 'funnels', 'member-histories'],
    (name) => new RegExp(`claims \\| ${name} \\| code/\\S+ is in ${name}, and no event tells so`),
  ],
  [
    'a contribution has no event',
    (db, events) => {
      const event = first(events, 'contribution.recorded');
      remove(db, event);
      return String(dataOf(event).memberId);
    },
    ['ledger', 'sums'],
    (memberId) =>
      new RegExp(`ledger \\| ledger/\\S+ \\| ledger/\\S+ was recorded for ${memberId}, and no event tells so`),
  ],
  [
    'a referral has no event',
    (db, events) => {
      const event = first(events, 'referral.made');
      remove(db, event);
      return event.event.aggregate;
    },
    ['funnels', 'member-histories', 'order-histories', 'purchases-settled', 'referrals'],
    (name) => `referrals | ${name} | ${name} was made, and no event tells so`,
  ],
  [
    'a purchase makes two referrals',
    (db, events) => {
      const { event } = first(events, 'referral.made');
      const { redemptionId } = event.data as { redemptionId: string };
      append(db, later({ id: 0, event }, 50, { invitee: 'm:m_other' }));
      return redemptionId;
    },
    ['events', 'funnels', 'member-histories', 'order-histories', 'referrals'],
    (redemptionId) => `purchase ${redemptionId} made two referrals`,
  ],
  [
    'a reward vests twice',
    (db, events) => {
      // One of which nothing was taken back: it counts once, however often it is told.
      const event = events.find(
        (one) =>
          typeOf(one) === 'reward.vested' &&
          !events.some((two) => two.event.aggregate === one.event.aggregate && /reduced|reversed/.test(typeOf(two))),
      ) as Event;
      append(db, later(event, 50));
      return event.event.aggregate;
    },
    ['events', 'member-histories', 'order-histories', 'rewards'],
    (name) => new RegExp(`rewards \\| ${name} \\| reward:\\S+ of ${name} is vested, and then reward.vested`),
  ],
  ...(
    [
      [{ left: 20 }, /reward:\S+ of \S+ had 20 points left, and hat takes 5 and leaves 20/],
      [{ taken: 4 }, /reward:\S+ of \S+ had 20 points left, and hat takes 4 and leaves 15/],
      [{ reductions: ['cap'] }, /reward:\S+ of \S+ was reduced by none, and reward.reduced says by cap/],
    ] as const
  ).map(
    ([data, says]): LogCase => [
      `reward.reduced says ${JSON.stringify(data)}`,
      (db, events) => {
        const event = first(events, 'reward.reduced');
        rewrite(db, event, data);
        return '';
      },
      ['rewards'],
      () => says,
    ],
  ),
  [
    'a reward is reduced and nobody told',
    (db, events) => {
      const event = events.findLast((one) => typeOf(one) === 'reward.reduced') as Event;
      remove(db, event);
      return event.event.aggregate;
    },
    ['funnels', 'member-histories', 'order-histories', 'rewards', 'rewards-counted'],
    (name) =>
      new RegExp(
        `rewards \\| ${name} \\| reward:\\S+ of ${name} is vested with 10 left in the table and vested with 15 left by the log`,
      ),
  ],
  [
    'a reward is reduced after it was reversed',
    (db, events) => {
      const event = first(events, 'reward.reversed');
      const { type, data } = first(events, 'reward.reduced').event;
      append(db, { ...later(event, 1, { ...(data as object), ...dataOf(event) }), type });
      return event.event.aggregate;
    },
    ['events', 'member-histories', 'order-histories', 'rewards', 'rewards-counted'],
    (name) => new RegExp(`rewards \\| ${name} \\| reward:\\S+ of ${name} is reversed, and then reward.reduced`),
  ],
  [
    'a group has a dead letter',
    (db) => {
      const row = db
        .prepare("SELECT topic, partition, offset FROM events WHERE topic = 'redemption' LIMIT 1")
        .get() as { topic: string; partition: number; offset: number };
      db.prepare(
        "INSERT INTO dead_letters (consumer, topic, partition, offset, reason, attempts, at) VALUES ('referral', ?, ?, ?, 'it is poison', 5, '')",
      ).run(row.topic, row.partition, row.offset);
      return `${row.topic}/${row.partition}/${row.offset}`;
    },
    ['letters'],
    (place) => `letters | referral ${place} | referral could not handle ${place}: it is poison`,
  ],
];

/** What a code is after the last event of each, and what must not follow then. */
const impossible = {
  // Held.
  'code.hold_extended': ['code.offered', 'code.held', 'code.refunded', 'code.cancelled'],
  // Redeemed.
  'code.refunded': [
    'code.offered',
    'code.held',
    'code.hold_extended',
    'code.released',
    'code.redeemed',
    'code.revoked',
  ],
  // Free.
  'code.cancelled': ['code.hold_extended', 'code.released', 'code.refunded', 'code.cancelled'],
  'code.revoked': [
    'code.offered',
    'code.accepted',
    'code.held',
    'code.hold_extended',
    'code.released',
    'code.redeemed',
    'code.refunded',
    'code.cancelled',
    'code.revoked',
  ],
};
const pairs = Object.entries(impossible).flatMap(([last, types]) => types.map((type) => [type, last] as const));

describe('a log that was changed', () => {
  it.each(pairs)('is found when %s follows %s', async (type, last) => {
    let code = '';
    const log = frozen.tampered((db, events) => {
      // The last of its code, and nothing of it told afterwards.
      const event = events.find(
        (one) =>
          typeOf(one) === last &&
          !events.some((two) => two.event.aggregate === one.event.aggregate && two.event.sequence > one.event.sequence),
      ) as Event;
      const { batch, index, campaignId } = dataOf(event);
      const like = first(events, type).event;
      const next = { ...later(event, 1, {}), type: like.type };
      append(db, { ...next, data: { ...(like.data as object), batch, index, campaignId } });
      code = event.event.subject;
    });
    const lines = linesOf(await reconciled(undefined, log));
    const wanted = new RegExp(`^lives \\| ${code} \\| ${code} is (held|redeemed|free|revoked).*, and then ${type}`);
    expect(
      lines.some((line) => wanted.test(line)),
      lines.join('\n'),
    ).toBe(true);
  });

  it.each(logCases)('is found when %s', async (_, tamper, checks, says) => {
    let item = '';
    const log = frozen.tampered((db, events) => {
      item = tamper(db, events);
    });
    const found = await reconciled(undefined, log);
    const lines = linesOf(found);
    expect([found.settled, checksOf(found)], lines.join('\n')).toEqual([true, checks]);
    const wanted = says(item);
    expect(
      lines.some((line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line))),
      lines.join('\n'),
    ).toBe(true);
  });

  it.each(lawful)('is right when %s', async (_, tamper) => {
    const found = await reconciled(undefined, frozen.tampered(tamper));
    expect([found.settled, linesOf(found)]).toEqual([true, []]);
  });

  it('is not judged as if everybody had heard it, where a group has not', async () => {
    const log = frozen.tampered((db) => {
      db.prepare(
        "UPDATE offsets SET next = next - 1 WHERE consumer = 'referral' AND topic = 'redemption' AND next > 0",
      ).run();
    });
    const { settled, checks, differences } = await reconciled(undefined, log);
    expect([settled, differences]).toEqual([false, []]);
    const skipped = checks.filter((check) => check.skipped !== undefined);
    expect(skipped.map(({ name }) => name)).toEqual([
      'spending-settled',
      'standings-heard',
      'tiers-told',
      'rewards-counted',
      'purchases-settled',
      'statuses-heard',
      'funnels',
      'lost-holds',
      'made-good',
      'order-histories',
      'member-histories',
      'canary-touches',
      'audit',
    ]);
    expect(skipped[0]?.skipped).toMatch(/^1 group has events to hear: referral \d+$/);
  });
});

/** The two are read one after the other, and a place may be taken in between. */
describe('a place that is taken while it is read', () => {
  /** What is found of those who wait, where something happens once tables and log have been read. */
  const foundWhen = async (then: () => void, log: EventLog): Promise<string[]> => {
    const progress = (line: string) => {
      if (line.startsWith('event log')) then();
    };
    const found = await reconcile({ tables: frozen.tables, log, now: frozen.now, progress });
    return linesOf(found).filter((line) => line.startsWith('waitlist |'));
  };

  it.each([
    ['right when its code is told later', true, 0],
    ['found when its code is told to nobody', false, 1],
  ])('is %s', async (_, isTold, differences) => {
    let tellLater = () => {};
    const log = frozen.tampered((db, events) => {
      const taken = events.find(isWaited) as Event;
      remove(db, taken);
      tellLater = () => append(db, taken.event);
    });
    const found = await foundWhen(() => isTold && tellLater(), log);
    await log.close();
    expect(found).toHaveLength(differences);
  });

  it('is right when the place was read before', async () => {
    const { undo } = frozen.tables.plant(
      'issuance',
      wait('taken', ({ since }) => ({ status: 'offered', since, until: tomorrow() })),
    );
    expect(await foundWhen(() => void undo(), frozen.log)).toEqual([]);
  });
});
