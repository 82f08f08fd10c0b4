import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, key, persistently } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

/** A broken rule is found within the first four of these. */
const rounds = 10;
/** Crowds in which a broken rule is found in the first round. */
const few = 4;
let system: System;
let ops: Calling;
let urls: string[];
const members: Calling[] = [];

beforeAll(async () => {
  system = await startSystem({ redemption: [], issuance: [{}, {}] });
  ops = await system.as('ops', 'ops_1');
  urls = system.issuance.map(({ url }) => url);
  members.push(...(await Promise.all(Array.from({ length: 300 }, (_, n) => system.as('member', `m_${n}`)))));
});
afterAll(() => system.stop());

const claim = (member: Calling, position: number, campaignId: string, headers = key()): Promise<Answer> =>
  persistently(() =>
    member(urls[position % urls.length] as string, 'POST', `/v1/campaigns/${campaignId}/claims`, {}, headers),
  );

const codesIn = (answers: Answer[]): Set<unknown> => new Set(answers.map(({ body }) => body.code));

describe('two issuance processes on one store', () => {
  it(`gives a member who is allotted three exactly three of 64 claims at once, ${rounds} times`, async () => {
    const member = members[0] as Calling;
    for (let round = 0; round < rounds; round += 1) {
      const campaignId = await publishDrop(ops, urls[0] as string, { allotment: { fan: 3 } });
      const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => claim(member, n, campaignId)));
      const won = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ word }) => word === 'allotment_used');
      expect({ round, won: won.length, refused: refused.length }).toEqual({ round, won: 3, refused: 61 });
      expect(codesIn(won).size).toBe(3);
    }
  });

  it(`hands out a quota of 100 to 300 claimers exactly, and says sold out only then, ${few} times`, async () => {
    for (let round = 0; round < few; round += 1) {
      const campaignId = await publishDrop(ops, urls[round % 2] as string, { quota: 100 });
      let handedOut = 0;
      let tooEarly = 0;
      let waiting = 300;
      const answers = await Promise.all(
        members.map(async (member, n) => {
          const answer = await claim(member, n, campaignId);
          waiting -= 1;
          if (answer.status === 201) handedOut += 1;
          // Codes that are handed out but whose answers are still on their way belong to somebody who is still waiting.
          if (answer.word === 'sold_out' && handedOut + waiting < 100) tooEarly += 1;
          return answer;
        }),
      );
      const won = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ word }) => word === 'sold_out');
      expect({ round, won: won.length, refused: refused.length, tooEarly }).toEqual({
        round,
        won: 100,
        refused: 200,
        tooEarly: 0,
      });
      expect(codesIn(won).size).toBe(100);
    }
  });

  it('gives one claim that is sent 64 times one code and the same answer', async () => {
    const campaignId = await publishDrop(ops, urls[0] as string, { allotment: { fan: 5 } });
    const headers = key();
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, n) => claim(members[1] as Calling, n, campaignId, headers)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const { body } = await (members[1] as Calling)(urls[0] as string, 'GET', `/v1/campaigns/${campaignId}/allotment`);
    expect(body).toMatchObject({ claimed: 1, left: 4 });
  });

  it('lets no claim through once a pause has answered, on either process', async () => {
    for (let round = 0; round < few; round += 1) {
      const campaignId = await publishDrop(ops, urls[0] as string, { allotment: { fan: 100 } });
      let paused = false;
      const late: Answer[] = [];
      const claimers = members.slice(0, 16).map(async (member, n) => {
        for (let wish = 0; wish < 12; wish += 1) {
          const began = paused;
          const answer = await claim(member, n, campaignId);
          if (began && answer.status === 201) late.push(answer);
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 20 + round * 12));
      const answer = await ops(urls[1] as string, 'POST', `/v1/campaigns/${campaignId}/pause`, { reason: 'test' });
      paused = true;
      expect(answer.status).toBe(200);
      await Promise.all(claimers);
      expect(late).toEqual([]);
      const after = await claim(members[17] as Calling, 0, campaignId);
      expect(after.word).toBe('campaign_paused');
      expect(
        (await ops(urls[0] as string, 'POST', `/v1/campaigns/${campaignId}/resume`, { reason: 'test' })).status,
      ).toBe(200);
      expect((await claim(members[17] as Calling, 1, campaignId)).status).toBe(201);
    }
  });

  it('fetches back what a killed process held, to the last code', async () => {
    const campaignId = await publishDrop(ops, urls[0] as string, { quota: 60 });
    const doomed = await system.add('issuance');
    const first = await Promise.all(
      members.slice(0, 20).map((member) => member(doomed.url, 'POST', `/v1/campaigns/${campaignId}/claims`, {}, key())),
    );
    await doomed.kill();
    const rest = await Promise.all(members.slice(20, 120).map((member, n) => claim(member, n, campaignId)));
    const won = [...first, ...rest].filter(({ status }) => status === 201);
    expect(won.length).toBe(60);
    expect(codesIn(won).size).toBe(60);
  });
});
