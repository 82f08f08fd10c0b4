import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EventLog,
  ensureTopics,
  openEmbeddedLog,
  openEventLog,
  placeOf,
  type Subscription,
} from '@fcode/event-log';
import { type CloudEvent, hear } from '@fcode/events';
import { groups, topics } from '@fcode/infra/topics';
import { startKafka, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';
import { behindIn, measured, type Sample } from './lag.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const golden = JSON.parse(
  await readFile(new URL('../../events/src/code-redeemed.v1.golden.json', import.meta.url), 'utf8'),
) as CloudEvent;

/** The `n`th redemption of the golden sample's code; a poisonous one lacks its product, and no listener can hear it. */
const redeemed = (n: number, { poison = false } = {}): CloudEvent => ({
  ...golden,
  id: `redemption/code/12.7#life@${n}`,
  sequence: String(n).padStart(12, '0'),
  data: { ...(golden.data as object), sku: poison ? undefined : 'PHONE-1' },
});
const { partition } = placeOf(golden, topics);
const place = (offset: number): string => `redemption/${partition}/${offset}`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-events-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Rig {
  environment: Record<string, string>;
  open: () => EventLog;
}

/**
 * An operator's day at a log: `referral` cannot handle one event, which is mended; another is discarded; a range comes
 * again. Resolves with the ids that were handled, in order.
 */
const day = async ({ environment, open }: Rig): Promise<string[]> => {
  const fcode = (line: string, input?: string) =>
    runFcode(environment, ['events', ...line.split(' '), '--group', 'referral'], input);
  const log = open();
  const handled: string[] = [];
  let listening: Subscription | undefined;
  const listen = () => {
    const handle = async (event: CloudEvent) => {
      handled.push(hear(event).id);
    };
    listening = log.subscribe({ group: 'referral', topics: groups.referral, attempts: 1, handle });
  };
  const dead = () => log.deadLetters('referral');
  try {
    await log.append([redeemed(0), redeemed(1, { poison: true }), redeemed(2)]);
    // As people start it, where it reads the log and where it writes to it: it ends by itself.
    const waiting = await startFcode(environment, 'events lag --wait 0 --group referral'.split(' '));
    expect(waiting).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^fcode: After 0 s, 3 events .* referral\. /),
    });
    expect(waiting.out).toMatch(new RegExp(`^referral +redemption +3 {2}3 in partition ${partition} `, 'm'));
    listen();
    await until(async () => (await dead()).length === 1, 'the dead letter', 25);
    const through = await fcode('lag --wait 20 --json');
    expect(through).toMatchObject({ code: 0, err: '' });
    const behind = { group: 'referral', behind: 0 };
    expect(JSON.parse(through.out)).toMatchObject([
      { ...behind, topic: 'issuance' },
      { ...behind, topic: 'redemption' },
    ]);

    const listed = await fcode('dead');
    expect(listed.out).toMatch(/^PLACE +AT +ATTEMPTS +MENDED +TYPE +EVENT +REASON\n/);
    expect(listed.out).toMatch(
      new RegExp(`^${place(1)} +\\S+ \\S+Z +1 {2}no +fcode\\.code\\.redeemed\\.v1 +${redeemed(1).id} .*sku`, 'm'),
    );
    const documents = (await fcode('dead --json')).out;
    expect(JSON.parse(documents)).toMatchObject([{ group: 'referral', place: place(1), attempts: 1, mended: false }]);
    expect(listed.out + documents).not.toMatch(/m_bob|body/);

    const { out: body } = await fcode(`dead --full ${place(1)}`);
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(redeemed(1, { poison: true }))));
    const file = join(folder, 'letter.json');
    await writeFile(file, body);
    const refused = await fcode(`mend ${place(1)} ${file}`);
    expect(refused).toEqual({
      code: 1,
      out: '',
      err: `fcode: ${file} /data/sku: Invalid input: expected string, received undefined. Nothing was changed: correct the file, and mend again.`,
    });
    await writeFile(file, JSON.stringify(redeemed(1)));
    expect(await fcode(`mend ${place(1)} ${file}`)).toMatchObject({
      code: 0,
      out: `${place(1)} is mended. Hand it over again: npx fcode events replay --group referral`,
    });
    expect((await startFcode(environment, ['events', 'replay', '--group', 'referral'])).out).toBe(
      '1 dead letter is handed to referral again. Watch what it cannot handle: npx fcode events dead --group referral',
    );
    await until(async () => (await dead()).length === 0, 'the letter to be handled', 25);
    expect((await fcode('dead')).out).toBe('There are no dead letters of referral.');

    await log.append([redeemed(3, { poison: true })]);
    await until(async () => (await dead()).length === 1, 'the second dead letter', 25);
    const gone = await runFcode(environment, [
      'events',
      'discard',
      place(3),
      '--group',
      'referral',
      '--reason',
      'A test order.',
    ]);
    expect(gone).toMatchObject({ code: 0, out: `${place(3)} is off the list of referral for good: A test order.` });
    expect(await dead()).toEqual([]);
    expect(await fcode(`discard ${place(3)} --reason again`)).toMatchObject({
      code: 1,
      err: `fcode: There is no dead letter of referral at ${place(3)}. See what there is: npx fcode events dead --group referral`,
    });

    const range = `replay --topic redemption --partition ${partition} --from 0`;
    expect(await fcode(`${range} --to 5`)).toMatchObject({
      code: 1,
      err: `fcode: redemption/${partition} ends at 4: --to is 4 at most.`,
    });
    expect(JSON.parse((await fcode(`${range} --to 1 --json`)).out)).toMatchObject({ handed: 1, from: 0, to: 1 });
    await until(() => handled.length > 3, 'the range', 25);
    return handled;
  } finally {
    await listening?.stop();
    await log.close();
  }
};

/** The two good ones, the mended one once, and the range. */
const wholeDay = [0, 2, 1, 0].map((n) => redeemed(n).id);

describe('the event log of one machine', { timeout: 60_000 }, () => {
  it('tells what could not be handled, and takes it mended', async () => {
    const data = join(folder, 'day');
    const open = () => openEmbeddedLog({ file: join(data, 'events.sqlite'), topics });
    expect(await day({ environment: { FCODE_DATA: data }, open })).toEqual(wholeDay);
  });

  describe('with a dead letter', () => {
    let environment: Record<string, string>;
    beforeAll(async () => {
      const file = join(folder, 'letter.sqlite');
      environment = { FCODE_EVENT_LOG: `sqlite:${file}` };
      const log = openEmbeddedLog({ file, topics });
      const handle = async (event: CloudEvent) => void hear(event);
      const listening = log.subscribe({ group: 'referral', topics: groups.referral, attempts: 1, handle });
      await log.append([redeemed(0, { poison: true }), redeemed(1, { poison: true })]);
      await until(async () => (await log.deadLetters('referral')).length === 2);
      await listening.stop();
      await log.close();
    });

    it('lists at most so many, and says that there are more', async () => {
      const { out, err } = await runFcode(environment, 'events dead --group referral --limit 1 --json'.split(' '));
      expect(JSON.parse(out)).toMatchObject([{ place: place(0) }]);
      expect(err).toBe('There are more than these 1: see them with --limit.');
    });

    it.for<[what: string, input: string, said: string]>([
      ['no JSON', '{"code": "AAAA-BBBB" x', 'Standard input is not JSON, at position 21'],
      ['no event', '{}', 'Standard input /specversion: '],
      ['a list', '[]', 'Standard input /: Invalid input: expected object, received array'],
      [
        'a type that nobody knows',
        JSON.stringify({ ...golden, type: 'fcode.code.eaten.v1' }),
        'Standard input /type: no event of type code.eaten',
      ],
      ['a version to come', JSON.stringify({ ...golden, type: 'fcode.code.redeemed.v9' }), 'v9 is newer than version'],
      [
        'an event of another topic',
        JSON.stringify({ ...golden, source: '/fcode/issuance' }),
        `is not an event of redemption, and ${place(0)} is for one`,
      ],
    ])('takes %s in no place', async ([, input, said]) => {
      const { code, out, err } = await runFcode(
        environment,
        ['events', 'mend', place(0), '-', '--group', 'referral'],
        input,
      );
      expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining(said) });
      expect(err).toMatch(/Nothing was changed: correct the file, and mend again\.$/);
      expect(err).not.toContain('AAAA-BBBB');
    });

    it('reads the corrected event from standard input as well', async () => {
      const mend = ['events', 'mend', place(0), '-', '--group', 'referral', '--json'];
      const { out } = await runFcode(environment, mend, JSON.stringify(redeemed(0)));
      const type = 'fcode.code.redeemed.v1';
      expect(JSON.parse(out)).toEqual({ group: 'referral', place: place(0), type, id: redeemed(0).id });
      const { out: listed } = await runFcode(environment, 'events dead --group referral --json'.split(' '));
      expect(JSON.parse(listed)).toMatchObject([{ mended: true }, { mended: false }]);
    });

    it.for<[line: string, said: string]>([
      [
        `dead --group insights --full ${place(0)}`,
        `no dead letter of insights at ${place(0)}. See what there is: npx fcode events dead`,
      ],
      [`mend ${place(0)} /nowhere/letter.json --group referral`, 'The corrected event cannot be read: ENOENT'],
      ['members', 'Only on Kafka are there members, and this is sqlite:'],
    ])('%s: says what to do', async ([line, said]) => {
      const { code, out, err } = await runFcode(environment, ['events', ...line.split(' ')]);
      expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining(said) });
      expect(err.split('\n')).toHaveLength(1);
    });
  });

  it.concurrent.for<[environment: Record<string, string>, said: string]>([
    [{}, 'There is no event log in /nowhere/events.sqlite. Name one with FCODE_EVENT_LOG'],
    [{ FCODE_EVENT_LOG: 'sqlite:/nowhere/log' }, 'There is no event log in /nowhere/log. Check FCODE_EVENT_LOG.'],
    [{ FCODE_EVENT_LOG: 'redis:6379' }, 'FCODE_EVENT_LOG is not right'],
    [{ FCODE_EVENT_LOG: 'kafka:127.0.0.1:1', FCODE_KAFKA_SASL: 'plain' }, 'needs FCODE_KAFKA_USERNAME'],
    [{ FCODE_EVENT_LOG: 'kafka:127.0.0.1:1' }, 'The brokers at kafka:127.0.0.1:1 do not answer (Connection error'],
  ])('%o: says what to do', async ([environment, said]) => {
    const { code, out, err } = await runFcode(environment, ['events', 'lag', '--over', '1']);
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: expect.stringContaining(said) });
    expect(err.split('\n')).toHaveLength(1);
  });
});

describe.concurrent('bad usage', { timeout: 60_000 }, () => {
  it.for<[line: string, said: string]>([
    ['lag --group refferal', 'Allowed choices are membership, issuance, redemption, referral, insights.'],
    ['dead', "'--group <group>'"],
    ['dead --group referral --full 17', 'topic/partition/offset, such as redemption/3/17'],
    ['dead --group referral --full gateway/3/17', 'there are membership, issuance, redemption, referral.'],
    ['discard redemption/16/0 --group referral --reason x', 'redemption has the partitions 0 to 15.'],
    ['discard redemption/3/17 --group referral', "'--reason <text>'"],
    ['replay --group referral --topic redemption', "a range is all of '--topic'"],
    ['replay --group referral --topic insights', 'Allowed choices are membership, issuance'],
    ['replay --group referral --topic membership --partition 0 --from 0 --to 1', 'it listens to issuance, redemption'],
    ['replay --group referral --topic redemption --partition 16 --from 0 --to 1', 'the partitions 0 to 15'],
    ['replay --group referral --topic redemption --partition 3 --from 5 --to 5', 'so above 5'],
  ])('%s', async ([line, said]) => {
    const { code, out, err } = await runFcode({}, ['events', ...line.split(' ')]);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringContaining(said) });
  });
});

describe('how far a group is', () => {
  const sample = (at: number, next: number, end: number): Sample => ({
    at,
    lags: [{ group: 'redemption', lags: [{ topic: 'issuance', partition: 3, next, end }] }],
  });

  it('is measured between two samples', () => {
    expect(behindIn(sample(2000, 30, 100), sample(0, 10, 90))).toEqual([
      {
        group: 'redemption',
        topic: 'issuance',
        behind: 70,
        worst: { partition: 3, behind: 70 },
        writtenPerSecond: 5,
        handledPerSecond: 10,
        throughInSeconds: 14,
      },
    ]);
    expect(behindIn(sample(2000, 20, 100), sample(0, 10, 80))).toMatchObject([{ throughInSeconds: null }]);
    expect(behindIn(sample(2000, 100, 100), sample(0, 10, 80))).toMatchObject([{ behind: 0, throughInSeconds: 0 }]);
  });

  it('is looked at until it is through', async () => {
    const samples = [sample(0, 0, 9), sample(1, 5, 9), sample(2, 9, 9)];
    const look = async () => samples.shift() ?? sample(3, 9, 99);
    expect(await measured(look, { overMs: 1, waitMs: 60_000 })).toMatchObject({ through: true, lags: [{ behind: 0 }] });
    expect(await measured(look, { overMs: 1, waitMs: 0 })).toMatchObject({ through: false, lags: [{ behind: 90 }] });
  });
});

const kafka = await startKafka();
afterAll(() => kafka?.stop());

describe.skipIf(!kafka)('the event log on Kafka', { timeout: 90_000, concurrent: true }, () => {
  const address = `kafka:${kafka?.brokers}`;
  const access = { brokers: kafka?.brokers.split(',') ?? [] };
  const rig = async () => {
    const prefix = `t${randomUUID().slice(0, 8)}`;
    await ensureTopics({ access, topics, groups: ['referral'], prefix });
    const environment = { FCODE_EVENT_LOG: address, FCODE_TOPIC_PREFIX: prefix };
    return { environment, open: () => openEventLog({ address, prefix, topics, logger: silent }) };
  };

  it('tells what could not be handled, and takes it mended', async () => {
    expect(await day(await rig())).toEqual(wholeDay);
  });

  it('shows who listens, and which partitions they have', async () => {
    const { environment, open } = await rig();
    const members = async (...more: string[]) =>
      (await runFcode(environment, ['events', 'members', '--group', 'referral', ...more])).out;
    expect(await members()).toMatch(/^referral {2}nobody has ever listened +- +- +-$/m);
    const log = open();
    const handle = async () => {};
    log.subscribe({ group: 'referral', topics: groups.referral, handle });
    await until(() => (log.figures().groups.referral?.rebalances ?? 0) > 0, 'the group', 25);
    expect(await members()).toMatch(
      /^referral {2}settled {2}fcode-\S+ {2}\S+ {2}issuance\.v1: 0-7; redemption\.v1: 0-15; replays\.referral: 0-3$/m,
    );
    const [group] = JSON.parse(await members('--json'));
    expect(group).toMatchObject({
      state: 'Stable',
      members: [{ partitions: { 'issuance.v1': [0, 1, 2, 3, 4, 5, 6, 7] } }],
    });
    await log.close();
    expect(await members()).toMatch(/^referral {2}nobody listens/m);
  });

  it('without its topics says how to make them', async () => {
    const environment = { FCODE_EVENT_LOG: address, FCODE_TOPIC_PREFIX: 'elsewhere' };
    const { code, err } = await runFcode(environment, ['events', 'dead', '--group', 'referral']);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('npx fcode provision --only topics') });
  });
});
