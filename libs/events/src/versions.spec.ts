import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EventType, hear, toCloudEvent } from './catalog.ts';
import { codeRef, codeSubject } from './code.ts';
import { type Dialect, dialectOf } from './dialect.ts';
import { cloudEventSchema, defineEvent } from './envelope.ts';

const about = {
  type: 'code.painted',
  topic: 'redemption',
  subject: codeSubject,
  key: codeSubject,
} as const;
const first = z.object({ ...codeRef, colour: z.string(), by: z.string().optional() });
const second = z.object({ ...first.shape, finish: z.enum(['matt', 'gloss', 'unknown']) });
const third = z.object({ code: z.object(codeRef), paint: z.object({ colour: z.string(), finish: z.string() }) });
const toSecond = (_: number, data: unknown) => ({ finish: 'unknown', ...(data as object) });
const toFirst = (_: number, { finish: _finish, ...data }: z.infer<typeof second>) => data;

/** One event through three releases: it is, it is about to have a finish, it has. */
const releases = {
  A: dialectOf({ 'code.painted': defineEvent({ ...about, version: 1, schema: first }) }),
  B: dialectOf({
    'code.painted': defineEvent({
      ...about,
      version: 2,
      emits: 1,
      schema: second,
      upcast: toSecond,
      downcast: toFirst,
    }),
  }),
  C: dialectOf({ 'code.painted': defineEvent({ ...about, version: 2, schema: second, upcast: toSecond }) }),
};
type Release = keyof typeof releases;

const said: Record<Release, object> = {
  A: { batch: 12, index: 7, colour: 'red' },
  B: { batch: 12, index: 7, colour: 'red', finish: 'matt' },
  C: { batch: 12, index: 7, colour: 'red', finish: 'matt' },
};
const rest = { sequence: 4, time: '2026-12-01T10:21:30.000Z', correlationId: 'req_1', causationId: 'req_2' };
const committedBy = (release: Release) =>
  releases[release].entryOf({ type: 'code.painted', data: said[release] }, rest);
const published = (committer: Release, relay: Release) =>
  releases[relay].toCloudEvent('code/12.7#life', committedBy(committer));
const cubed = <Item>(items: readonly Item[]) => items.flatMap((a) => items.flatMap((b) => items.map((c) => [a, b, c])));

describe('a definition', () => {
  const define = (versions: object) => () => defineEvent({ ...about, schema: second, version: 2, ...versions });

  it.each([
    ['writes what it could not read', { emits: 3, upcast: toSecond, downcast: toFirst }, /cannot write version 3/],
    ['writes an older version without a downcast', { emits: 1, upcast: toSecond }, /code.painted.*downcast/],
    ['could not read the versions before', {}, /code.painted.*upcast/],
    ['counts from zero', { version: 0 }, /whole numbers/],
    ['counts in halves', { version: 1.5, upcast: toSecond }, /whole numbers/],
    ['writes version zero', { emits: 0, upcast: toSecond, downcast: toFirst }, /whole numbers/],
  ])('is none that %s', (_, versions, why) => {
    expect(define(versions)).toThrow(why);
  });

  it('says in the newest version what a rule says, whatever is written', () => {
    const ready = define({ emits: 1, upcast: toSecond, downcast: toFirst })();
    const data = { batch: 12, index: 7, colour: 'red', finish: 'gloss' } as const;
    expect(ready.of(data)).toEqual({ type: 'code.painted', data });
  });
});

describe('two releases beside each other, one a step before the other', () => {
  const mixes: Release[][] = [...cubed(['A', 'B'] as const), ...cubed(['B', 'C'] as const)];

  it.each(mixes)('what %s commits, and %s publishes, %s hears', (committer, relay, listener) => {
    const event = published(committer as Release, relay as Release);
    expect(cloudEventSchema.parse(event)).toEqual(event);
    const { data, ...heard } = releases[listener as Release].hear(event);
    expect(heard).toEqual({
      type: 'code.painted',
      id: 'redemption/code/12.7#life@4',
      aggregate: 'code/12.7#life',
      sequence: 4,
      time: rest.time,
      correlationId: 'req_1',
      causationId: 'req_2',
    });
    // Whoever wrote the old version, or put it into it, left the finish out.
    const isTold = committer === 'C' && relay === 'C';
    const newest = { ...said.C, finish: isTold ? 'matt' : 'unknown' };
    expect(data).toEqual(listener === 'A' ? said.A : newest);
  });

  it('say the same of who and where an event is, in each version', () => {
    const events = mixes.map(([committer, relay]) => published(committer as Release, relay as Release));
    const named = events.map(({ type: _type, data: _data, ...envelope }) => JSON.stringify(envelope));
    expect(new Set(named).size).toBe(1);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set(['fcode.code.painted.v1', 'fcode.code.painted.v2']),
    );
  });

  it('have no event in the log or in an item that the older one cannot read, until the second step', () => {
    expect(committedBy('A')).toEqual({ type: 'code.painted', data: said.A, ...rest });
    expect(committedBy('B')).toEqual(committedBy('A'));
    expect(committedBy('C')).toEqual({ type: 'code.painted', v: 2, data: said.C, ...rest });
    expect(published('B', 'A').type).toBe('fcode.code.painted.v1');
    expect(published('C', 'B').type).toBe('fcode.code.painted.v1');
  });

  it('publish what waits in the version that is written to the letter', () => {
    const kept = { ...committedBy('A'), data: { ...said.A, by: 'm_mia', hue: 'of a newer writer' } };
    expect(releases.A.toCloudEvent('a', kept).data).toBe(kept.data);
    expect(releases.B.toCloudEvent('a', kept).data).toBe(kept.data);
    expect(releases.C.toCloudEvent('a', kept).data).toEqual({ ...kept.data, finish: 'unknown' });
  });
});

describe('two releases that are two steps apart', () => {
  it('do not understand each other, and the older one says so: as a relay, and as a listener', () => {
    expect(() => published('C', 'A')).toThrow(/v2 is newer than version 1.*upgrade first/);
    expect(() => releases.A.hear(published('C', 'C'))).toThrow(/v2 is newer than version 1.*upgrade first/);
    expect(releases.C.hear(published('A', 'C')).data).toEqual({ ...said.C, finish: 'unknown' });
  });
});

describe('several versions behind', () => {
  const lift = (version: number, data: unknown): unknown => {
    const { colour, finish, batch, index } = data as z.infer<typeof second>;
    return { code: { batch, index }, paint: { colour, finish: version === 1 ? 'unknown' : finish } };
  };
  const D = dialectOf({
    'code.painted': defineEvent({
      ...about,
      version: 3,
      emits: 2,
      schema: third,
      subject: ({ code }) => codeSubject(code),
      key: ({ code }) => codeSubject(code),
      upcast: lift,
      downcast: (version, { code, paint }) => ({ ...code, ...paint, version }),
    }),
  });

  it('each is lifted from where it is, and written as the one that is asked for', () => {
    const heardFrom = (dialect: Dialect, by: Release) => D.hear(dialect.toCloudEvent('a', committedBy(by))).data;
    expect(heardFrom(releases.A, 'A')).toEqual({
      code: { batch: 12, index: 7 },
      paint: { colour: 'red', finish: 'unknown' },
    });
    expect(heardFrom(releases.C, 'C')).toEqual({
      code: { batch: 12, index: 7 },
      paint: { colour: 'red', finish: 'matt' },
    });
    const relayed = D.toCloudEvent('a', committedBy('A'));
    expect(relayed).toMatchObject({ type: 'fcode.code.painted.v2', subject: 'code/12.7', partitionkey: 'code/12.7' });
    expect(relayed.data).toEqual({ batch: 12, index: 7, colour: 'red', finish: 'unknown', version: 2 });
    expect(D.toCloudEvent('a', committedBy('C')).data).toBe(said.C);
  });
});

describe('an older version that is lifted wrongly', () => {
  it('is not heard with a field missing', () => {
    const forgetful = dialectOf({
      'code.painted': defineEvent({ ...about, version: 2, schema: second, upcast: (_, data) => data }),
    });
    expect(() => forgetful.hear(published('A', 'A'))).toThrow(/finish/);
  });
});

describe('a fact of a type that is in no catalog', () => {
  it('is no event, and has no entry', () => {
    expect(releases.A.knows('code.painted')).toBe(true);
    expect(releases.A.knows('toString')).toBe(false);
    expect(() => releases.A.entryOf({ type: 'code.scratched', data: {} }, rest)).toThrow(/catalog/);
  });
});

describe('a field that came after the first release', () => {
  const fields: [type: EventType, before: object, more: object][] = [
    ['batch.exported', { campaignId: 'cmp_1', by: 'olga', batch: 13 }, { what: 'canaries' }],
    ['campaign.created', { campaignId: 'cmp_2', by: 'olga', name: 'Spring' }, { copiedFrom: 'cmp_1' }],
    [
      'grant.requested',
      {
        grantId: 'gr_1',
        campaignId: 'cmp_1',
        by: 'olga',
        reason: 'x',
        reference: 'r',
        to: 'members',
        codes: 5,
        approvals: 1,
      },
      { segment: 'tier == "core"', members: 3 },
    ],
    [
      'grant.approved',
      { grantId: 'gr_1', campaignId: 'cmp_1', by: 'oscar', batch: 13 },
      { segment: 'tier == "core"', members: 3 },
    ],
    [
      'grant.cancelled',
      { grantId: 'gr_1', campaignId: 'cmp_1', by: 'oscar', reason: 'x' },
      { segment: 'tier == "core"', members: 3 },
    ],
  ];

  it.each(fields)('of %s is heard where it is told, and not made up where it is not', (type, before, more) => {
    for (const data of [before, { ...before, ...more }]) {
      const event = toCloudEvent('a', { type, data, ...rest });
      expect(event.type).toBe(`fcode.${type}.v1`);
      expect(hear(event).data).toEqual(data);
    }
  });

  it('has no values that nobody gave it', () => {
    const data = { campaignId: 'cmp_1', by: 'olga', batch: 13, what: 'everything' };
    expect(() => hear(toCloudEvent('a', { type: 'batch.exported', data, ...rest }))).toThrow(/what/);
  });
});
