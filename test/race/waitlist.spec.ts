import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, type Calling, persistently } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

const places = 12;
/** As many of them take what they are offered as there are places, in the end; some decline, and some never answer. */
const members = Array.from({ length: 30 }, (_, nth) => ({
  memberId: `w_${nth}`,
  does: nth % 5 < 2 ? 'takes' : nth % 5 < 4 ? 'leaves' : 'forgets',
}));
const offerSeconds = 5;
const patienceMs = 60_000;

let system: System;
let ops: Calling;
/** Processes that live. */
let urls: string[];
const calling = new Map<string, Calling>();

beforeAll(async () => {
  system = await startSystem({ redemption: [], issuance: [{}, {}] });
  ops = await system.as('ops', 'ops_1');
  urls = system.issuance.map(({ url }) => url);
  for (const { memberId } of members) calling.set(memberId, await system.as('member', memberId));
});
afterAll(() => system.stop());

/** Sent to every process at once, as somebody who is impatient would; what one that is killed leaves unanswered is no answer. */
const everywhere = async (memberId: string, verb: string): Promise<Answer[]> => {
  const ask = calling.get(memberId) as Calling;
  const headers = { 'idempotency-key': `${memberId}-${verb}` };
  const sent = [...urls, ...urls].map((url) =>
    persistently(() => ask(url, 'POST', `${waitlist}${verb}`, {}, headers)).catch(() => undefined),
  );
  return (await Promise.all(sent)).filter((answer) => answer !== undefined);
};

let waitlist = '';

it('gives each place that came back to one of those who wait, in order, through two processes of which one is killed', async () => {
  const campaignId = await publishDrop(ops, urls[0] as string, {
    quota: places + 3,
    allotment: { core: 1 },
    waitlist: { offerSeconds },
  });
  waitlist = `/v1/campaigns/${campaignId}/waitlist`;
  for (const { memberId } of members) {
    const answers = await everywhere(memberId, '');
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ status: 'waiting' });
  }

  const supplies = await Promise.all(
    urls.map((url) =>
      ops(url, 'POST', `${waitlist}/places`, { places, reason: 'the last hour' }, { 'idempotency-key': 'supply' }),
    ),
  );
  expect(supplies.map(({ status }) => status)).toEqual(urls.map(() => 200));

  const offered: string[] = [];
  const taken = new Map<string, Set<string>>();
  const deadline = performance.now() + patienceMs;
  let isKilled = false;
  while (taken.size < places && performance.now() < deadline) {
    for (const { memberId, does } of members) {
      if (offered.includes(memberId)) continue;
      const ask = calling.get(memberId) as Calling;
      const { body } = await persistently(() => ask(urls.at(-1) as string, 'GET', waitlist));
      if (body.status !== 'offered') continue;
      offered.push(memberId);
      if (does === 'takes') {
        const answers = await everywhere(memberId, '/take');
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
        taken.set(memberId, new Set(answers.map(({ text }) => text)));
      }
      if (does === 'leaves') await everywhere(memberId, '/leave');
      if (!isKilled && taken.size > 1) {
        isKilled = true;
        await system.issuance[0]?.kill();
        urls = urls.slice(1);
      }
    }
    await sleep(100);
  }
  expect(isKilled).toBe(true);

  // All who wanted one have one code, the same for each of their requests, and nobody has another's.
  const takers = members.filter(({ does }) => does === 'takes').map(({ memberId }) => memberId);
  expect(takers).toHaveLength(places);
  expect([...taken.keys()].sort()).toEqual(takers.sort());
  expect([...taken.values()].map((texts) => texts.size)).toEqual(takers.map(() => 1));
  expect(new Set([...taken.values()].flatMap((texts) => [...texts].map((text) => JSON.parse(text).code))).size).toBe(
    places,
  );
  // In their order: whoever was offered a place comes before all who were not yet.
  const last = Math.max(...offered.map((memberId) => members.findIndex((one) => one.memberId === memberId)));
  expect([...offered].sort()).toEqual(
    members
      .slice(0, last + 1)
      .map(({ memberId }) => memberId)
      .sort(),
  );
  const { body } = await ops(urls[0] as string, 'GET', `${waitlist}/line`);
  expect(body).toMatchObject({ places: { left: 0, offered: 0 } });
  const { body: campaign } = await ops(urls[0] as string, 'GET', `/v1/campaigns/${campaignId}`);
  expect(campaign.left).toBe(3);
});
