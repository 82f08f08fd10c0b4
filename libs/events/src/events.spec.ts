import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog, dialect, type EventType, hear, toCloudEvent, topicOf } from './catalog.ts';
import { codeSubject } from './code.ts';
import { type CloudEvent, cloudEventSchema, padSequence } from './envelope.ts';
import { listenTo } from './listen.ts';

const folder = new URL('.', import.meta.url);
const types = Object.keys(catalog) as EventType[];
const newestOf = (type: EventType): number => catalog[type].version;
/** The log keeps its events for ever, so every version is read for ever. */
const versionsOf = (type: EventType): number[] => Array.from({ length: newestOf(type) }, (_, index) => index + 1);
const fileOf = (type: EventType, version: number): string => `${type.replaceAll(/[._]/g, '-')}.v${version}.golden.json`;
/** An event as it stands in the log: changing this file means changing what others have stored. */
const goldenOf = (type: EventType, version = newestOf(type)): CloudEvent =>
  JSON.parse(readFileSync(new URL(fileOf(type, version), folder), 'utf8')) as CloudEvent;

/** What the log promises for each: where it goes, what it is about, and with what it stays in order. */
const promised: Record<EventType, { topic: string; subject: string; key: string }> = {
  'badge.awarded': { topic: 'membership', subject: 'member/m_mia', key: 'm_mia' },
  'badge.withdrawn': { topic: 'membership', subject: 'member/m_mia', key: 'm_mia' },
  'batch.created': { topic: 'issuance', subject: 'batch/13', key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G' },
  'batch.exported': { topic: 'issuance', subject: 'batch/13', key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G' },
  'batch.revoked': { topic: 'redemption', subject: 'batch/13', key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G' },
  'campaign.closed': campaign(),
  'campaign.settled': campaign(),
  'campaign.created': campaign(),
  'campaign.edited': campaign('cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E9H'),
  'campaign.paused': campaign(),
  'campaign.prepared': campaign(),
  'campaign.published': campaign(),
  'campaign.resumed': campaign(),
  'canary.touched': { topic: 'redemption', subject: 'code/12.9', key: 'code/12.9' },
  'checkout.killed': { ...campaign(), topic: 'redemption' },
  'checkout.paused': { ...campaign(), topic: 'redemption' },
  'checkout.resumed': { ...campaign(), topic: 'redemption' },
  'code.accepted': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.cancelled': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.claimed': { topic: 'issuance', subject: 'code/12.7', key: 'code/12.7' },
  'code.held': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.hold_extended': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.hold_lost': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.offered': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.redeemed': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.refunded': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.released': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.revoked': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'code.withdrawn': { topic: 'redemption', subject: 'code/12.7', key: 'code/12.7' },
  'member.revoked': { topic: 'redemption', subject: 'member/m_eve', key: 'm_eve' },
  'contribution.recorded': { topic: 'membership', subject: 'contribution/github/a1b2c3', key: 'm_mia' },
  'member.pinned': { topic: 'membership', subject: 'member/m_mia', key: 'm_mia' },
  'contribution.reversed': { topic: 'membership', subject: 'contribution/github/a1b2c3', key: 'm_mia' },
  'contributions.imported': { topic: 'membership', subject: 'contributions', key: 'olga' },
  'cutoffs.asked': { topic: 'membership', subject: 'cutoffs', key: 'cutoffs' },
  'cutoffs.published': { topic: 'membership', subject: 'cutoffs', key: 'cutoffs' },
  'tier.changed': { topic: 'membership', subject: 'member/m_mia', key: 'm_mia' },
  'link.created': { topic: 'referral', subject: 'link/k7m2x9q4w8ra', key: 'm_mia' },
  'grant.requested': {
    topic: 'issuance',
    subject: 'grant/gr_01KBDM8Q3ZTV5W7X9Y2A4C6F00',
    key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G',
  },
  'grant.approved': {
    topic: 'issuance',
    subject: 'grant/gr_01KBDM8Q3ZTV5W7X9Y2A4C6F00',
    key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G',
  },
  'grant.cancelled': {
    topic: 'issuance',
    subject: 'grant/gr_01KBDM8Q3ZTV5W7X9Y2A4C6F00',
    key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G',
  },
  'grant.finished': {
    topic: 'issuance',
    subject: 'grant/gr_01KBDM8Q3ZTV5W7X9Y2A4C6F00',
    key: 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G',
  },
  'link.clicked': { topic: 'referral', subject: 'link/k7m2x9q4w8ra', key: 'm_mia' },
  'referral.made': { topic: 'referral', subject: 'referral/ref_3q9x7m2k8w4a6d1f5g0h', key: 'm_mia' },
  'reward.pending': { topic: 'referral', subject: 'reward/reward:rdm_c_7_1:1', key: 'm_mia' },
  'reward.reduced': { topic: 'referral', subject: 'reward/reward:rdm_c_7_1:1', key: 'm_mia' },
  'reward.vested': { topic: 'referral', subject: 'reward/reward:rdm_c_7_1:1', key: 'm_mia' },
  'reward.reversed': { topic: 'referral', subject: 'reward/reward:rdm_c_7_1:1', key: 'm_mia' },
  'policy.published': { topic: 'membership', subject: 'policy/2', key: 'policy' },
  'points.returned': { topic: 'membership', subject: 'purchase/pur_q7Zx0aK3vB9nT2mW5yE8dA', key: 'm_mia' },
  'points.spent': { topic: 'membership', subject: 'purchase/pur_q7Zx0aK3vB9nT2mW5yE8dA', key: 'm_mia' },
  'purchase.refused': { topic: 'issuance', subject: 'purchase/pur_q7Zx0aK3vB9nT2mW5yE8dA', key: 'm_mia' },
  'score.changed': { topic: 'membership', subject: 'member/m_mia', key: 'm_mia' },
  'waitlist.joined': { topic: 'issuance', subject: 'waitlist/cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G/m_mia', key: 'm_mia' },
  'waitlist.lapsed': { topic: 'issuance', subject: 'waitlist/cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G/m_mia', key: 'm_mia' },
  'waitlist.left': { topic: 'issuance', subject: 'waitlist/cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G/m_mia', key: 'm_mia' },
  'waitlist.offered': { topic: 'issuance', subject: 'waitlist/cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G/m_mia', key: 'm_mia' },
  'waitlist.supplied': campaign(),
};
function campaign(campaignId = 'cmp_01KBDM8Q3ZTV5W7X9Y2A4C6E8G') {
  return { topic: 'issuance', subject: `campaign/${campaignId}`, key: campaignId };
}

describe('the golden samples', () => {
  it('are one for each event of the catalog in each of its versions, and none besides', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.golden.json'));
    const expected = types.flatMap((type) => versionsOf(type).map((version) => fileOf(type, version)));
    expect(files.sort()).toEqual(expected.sort());
  });
});

describe.each(types)('%s', (type) => {
  const golden = goldenOf(type);

  it.each(versionsOf(type))('is a CloudEvent of its own type and version, %s', (version) => {
    const sample = goldenOf(type, version);
    expect(cloudEventSchema.parse(sample)).toEqual(sample);
    expect(sample.type).toBe(`fcode.${type}.v${version}`);
    expect(catalog[type].type).toBe(type);
  });

  it.each(versionsOf(type))('is heard as the newest from version %s, and about the same', (version) => {
    const sample = goldenOf(type, version);
    const { data, ...heard } = hear(sample);
    expect(catalog[type].schema.parse(data)).toEqual(data);
    const entry = { ...heard, v: newestOf(type), data, causationId: sample.causationid };
    const { id, source, subject, partitionkey, sequence } = sample;
    expect(toCloudEvent(sample.aggregate, entry)).toMatchObject({ id, source, subject, partitionkey, sequence });
  });

  it('is heard with its data whole, and published again as the very same event, in the version that is written', () => {
    const heard = hear(golden);
    expect(heard).toEqual({
      type,
      data: golden.data,
      id: golden.id,
      aggregate: golden.aggregate,
      sequence: Number(golden.sequence),
      time: golden.time,
      correlationId: golden.correlationid,
      causationId: golden.causationid,
    });
    const { sequence, time, correlationId, data } = heard;
    const waiting = { sequence, time, correlationId, causationId: golden.causationid };
    const written = goldenOf(type, catalog[type].emits);
    expect(toCloudEvent(golden.aggregate, dialect.entryOf({ type, data }, waiting))).toEqual(written);
    expect(toCloudEvent(golden.aggregate, { type, v: newestOf(type), data, ...waiting })).toEqual(written);
  });

  it('goes to the topic of the service that emits it, about its subject, in order with its key', () => {
    const { topic, subject, key } = promised[type];
    expect(topicOf(type)).toBe(topic);
    expect(golden).toMatchObject({ source: `/fcode/${topic}`, subject, partitionkey: key });
    expect(golden.id).toBe(`${topic}/${golden.aggregate}@${Number(golden.sequence)}`);
  });

  it("tolerates a newer writer's optional field, in the data and in the envelope", () => {
    const newer = { ...golden, traceparent: '00-1-1-01', data: { ...(golden.data as object), hue: 'blue' } };
    expect(hear(cloudEventSchema.parse(newer))).toEqual(hear(golden));
  });

  it('is not taken from a newer version than this program knows', () => {
    const newer = { ...golden, type: `fcode.${type}.v${newestOf(type) + 1}` };
    expect(() => hear(newer)).toThrow(/newer than version/);
  });

  it('is not taken without any of its required fields', () => {
    const { shape } = catalog[type].schema;
    const required = Object.entries(shape).flatMap(([field, schema]) =>
      schema.safeParse(undefined).success ? [] : [field],
    );
    expect(required.length).toBeGreaterThan(0);
    for (const field of required) {
      const { [field]: _, ...rest } = golden.data as Record<string, unknown>;
      expect(() => hear({ ...golden, data: rest }), field).toThrow(field);
    }
  });

  it('reaches the listener that names it, and no other', async () => {
    const seen: string[] = [];
    const listen = async () => {
      seen.push(type);
    };
    await listenTo({ [type]: listen })(golden);
    expect(seen).toEqual([type]);
    const another = types.find((candidate) => candidate !== type) as EventType;
    await listenTo({ [another]: listen })(golden);
    expect(seen).toEqual([type]);
  });
});

describe('an event of a type that is in no catalog', () => {
  const unknown = { ...goldenOf('code.held'), type: 'fcode.code.gilded.v1' };

  it('is passed over by listeners, and is no event for who wants to hear it', async () => {
    await expect(
      listenTo({ 'code.held': () => Promise.reject(new Error('called')) })(unknown),
    ).resolves.toBeUndefined();
    expect(() => hear(unknown)).toThrow(/catalog/);
    expect(() => topicOf('code.gilded')).toThrow(/catalog/);
    expect(() => hear({ ...unknown, type: 'com.example.order.v1' })).toThrow(/not an event type/);
  });
});

describe('what a listener named', () => {
  it('rejects when the version is newer, or the data does not fit: it becomes a dead letter and is not lost', async () => {
    const golden = goldenOf('code.held');
    const listen = listenTo({ 'code.held': async () => {} });
    await expect(listen({ ...golden, type: 'fcode.code.held.v2' })).rejects.toThrow(/upgrade first/);
    await expect(listen({ ...golden, data: { batch: 'twelve' } })).rejects.toThrow(/batch/);
  });

  it('rejects with its own error', async () => {
    const listen = listenTo({ 'code.held': () => Promise.reject(new Error('no room')) });
    await expect(listen(goldenOf('code.held'))).rejects.toThrow('no room');
  });
});

describe('a code', () => {
  it('has one subject, whatever happens to it and whoever says so', () => {
    const subjects = types.filter((type) => type.startsWith('code.')).map((type) => goldenOf(type).subject);
    expect(new Set(subjects)).toEqual(new Set([codeSubject({ batch: 12, index: 7 })]));
  });

  it('has numbers within 20 and 30 bits', () => {
    const golden = goldenOf('code.held');
    const about = (rest: object) => ({ ...golden, data: { ...(golden.data as object), ...rest } });
    expect(() => hear(about({ batch: 2 ** 20 - 1, index: 2 ** 30 - 1 }))).not.toThrow();
    for (const wrong of [{ batch: 2 ** 20 }, { index: 2 ** 30 }, { batch: -1 }, { index: 0.5 }]) {
      expect(() => hear(about(wrong))).toThrow(Object.keys(wrong)[0]);
    }
  });
});

describe('a sequence', () => {
  it('sorts as text as it does as a number', () => {
    const numbers = [1, 2, 9, 10, 11, 99, 100, 1_000_000];
    const texts = numbers.map(padSequence);
    expect([...texts].sort()).toEqual(texts);
    expect(texts.map(Number)).toEqual(numbers);
  });
});
