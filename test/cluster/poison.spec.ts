import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventLog } from '@fcode/event-log';
import { type CloudEvent, rewardVested, toCloudEvent } from '@fcode/events';
import { compileCache, type Processes, startProcesses } from '@fcode/processes';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callingWith } from '../support/calling.ts';
import { startEngines } from '../support/engines.ts';

const twice = [{}, {}];
const root = new URL('../../', import.meta.url).pathname;
let system: Processes;
let log: EventLog;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-poison-'));
  system = await startProcesses({ engines: await startEngines(), services: { membership: twice } });
  log = system.engines.openLog();
});
afterAll(async () => {
  await log.close();
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The real program, as ops start it. */
const fcode = (...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...system.engines.environment };
    execFile(process.execPath, [`${root}libs/cli/src/main.ts`, 'events', ...args], { env }, (error, out, err) => {
      if (error) reject(new Error(`fcode events ${args.join(' ')}: ${err}`));
      else resolve(out);
    });
  });

/** A reward of ten points for Mia; each with an id of its own. */
const reward = (position: number): CloudEvent => {
  const time = new Date().toISOString();
  const { type, data } = rewardVested.of({
    rewardId: `reward:rdm_${position}:1`,
    referralId: `ref_${position}`,
    inviter: 'm_mia',
    campaignId: 'cmp_1',
    redemptionId: `rdm_${position}`,
    batch: 1,
    index: position,
    channel: 'qr',
    points: 10,
    madeAt: time,
    vestedAt: time,
  });
  const entry = { type, data, sequence: 1, time, correlationId: 'req-1', causationId: 'req-1' };
  return toCloudEvent(`person/${position}#edge`, entry);
};

describe('a poison message', () => {
  it('is among the dead letters with its reason, is mended and replayed by the command line, and has its effect once', async () => {
    const sound = reward(2);
    const { points: _, ...incomplete } = sound.data as Record<string, unknown>;
    // By the partition key all three stand in one partition: the poison holds up nobody behind it.
    await log.append([reward(1), { ...sound, data: incomplete }, reward(3)]);
    const mia = callingWith(await system.token('member', 'm_mia'));
    const score = async () => {
      const { body } = await mia(system.membership[0]?.url as string, 'GET', '/v1/me/standing');
      return Math.round(Number(body.score));
    };
    await until(async () => (await score()) === 20, 'the two others to count', 30);

    const dead = async (): Promise<{ place: string; reason: string; attempts: number }[]> =>
      JSON.parse(await fcode('dead', '--group', 'membership', '--json'));
    // What is waited for is asked of the log: the program takes half a second to start.
    const letters = () => log.deadLetters('membership');
    await until(async () => (await letters()).length > 0, 'the dead letter', 30);
    const listed = await dead();
    expect(listed).toHaveLength(1);
    const { place = '', reason, attempts } = listed[0] ?? {};
    expect(place).toMatch(/^referral\/\d+\/1$/);
    expect(attempts).toBe(5);
    expect(reason).toContain('points');
    expect(await fcode('dead', '--group', 'membership')).toContain(place);

    // Ops take it, put right what is wrong, and give it back.
    const file = join(folder, 'letter.json');
    await writeFile(file, await fcode('dead', '--group', 'membership', '--full', place));
    await expect(fcode('mend', '--group', 'membership', place, file)).rejects.toThrow('points');
    const event = JSON.parse(await readFile(file, 'utf8')) as CloudEvent;
    await writeFile(file, JSON.stringify({ ...event, data: { ...(event.data as object), points: 10 } }));
    await fcode('mend', '--group', 'membership', place, file);
    await fcode('replay', '--group', 'membership');
    await until(async () => (await score()) === 30, 'the mended one to count', 30);
    await until(async () => (await letters()).length === 0);

    // However often the whole partition is handed over again.
    const [topic = '', partition = ''] = place.split('/');
    const range = ['--topic', topic, '--partition', partition, '--from', '0', '--to', '3'];
    for (const attempts of [5, 10]) {
      await fcode('replay', '--group', 'membership', ...range);
      // What cannot be heard where it stands comes back, and is laid to rest at last.
      await until(async () => (await letters())[0]?.attempts === attempts, 'the dead letter to be back', 30);
    }
    await fcode('discard', '--group', 'membership', place, '--reason', 'Mended before');
    expect(await dead()).toEqual([]);
    expect(await score()).toBe(30);
  });
});
