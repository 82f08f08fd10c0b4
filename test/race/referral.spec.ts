import type { EventLog } from '@fcode/event-log';
import type { Running } from '@fcode/processes';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Calling, persistently } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { onCluster } from '../support/engines.ts';
import { type System, startSystem } from '../support/system.ts';

const rounds = onCluster ? 6 : 20;
let system: System;
let log: EventLog;
let shop: Calling;
let campaignId: string;
let codes: string[];
/** The processes of referral that run. */
let referral: Running[];

beforeAll(async () => {
  system = await startSystem({ redemption: [{}, {}], issuance: [{}], referral: [{}, {}] });
  log = system.engines.openLog();
  referral = [...system.referral];
  const ops = await system.as('ops', 'ops_1');
  shop = await system.as('checkout', 'shop_1');
  const issuance = system.issuance[0]?.url as string;
  campaignId = await publishDrop(ops, issuance);
  codes = await grantCodes(
    system.as,
    issuance,
    system.redemption.map(({ url }) => url),
    campaignId,
    8 * rounds,
  );
});
afterAll(async () => {
  await log.close();
  await system.stop();
});

const at = (position: number): string => (referral[position % referral.length] as Running).url;

interface Member {
  memberId: string;
  call: Calling;
  invite: string;
}

/** A member with an invite link, made at one of the processes. */
const newMember = async (memberId: string, position: number): Promise<Member> => {
  const call = await system.as('member', memberId);
  const wish = { campaignId, channel: 'messenger' };
  const { body } = await until(async () => {
    const answer = await persistently(() => call(at(position), 'POST', '/v1/me/links', wish));
    // The campaign may have reached checkout first.
    return answer.status === 201 ? answer : undefined;
  }, 'referral to know the campaign');
  return { memberId, call, invite: String(body.linkId) };
};

const buy = async ({ memberId }: Member, inviter: Member, position: number): Promise<void> => {
  const body = {
    code: codes.pop(),
    orderId: `order-${memberId}`,
    sku: 'PHONE-1',
    buyer: { memberId },
    invite: inviter.invite,
  };
  const url = system.redemption[position % 2]?.url as string;
  const { status, text } = await persistently(() => shop(url, 'POST', '/v1/checkout/redeem', body));
  expect({ status, text }).toMatchObject({ status: 200 });
};

/** Every purchase there is, and that referral has heard of it. */
const allHeard = (bought: number) =>
  until(
    async () => {
      const positions = await log.lag('referral', ['issuance', 'redemption']);
      const sold = positions.reduce((sum, { topic, end }) => (topic === 'redemption' ? sum + end : sum), 0);
      return sold >= bought && positions.every(({ next, end }) => next === end);
    },
    'referral to hear all purchases',
    60,
  );

const referralsOf = async ({ call }: Member, position: number): Promise<{ referralId: string; reward: object }[]> => {
  const { status, body } = await persistently(() => call(at(position), 'GET', '/v1/me/referrals'));
  expect(status).toBe(200);
  return body.items as { referralId: string; reward: object }[];
};

/** Referrals whose reward vested, by the events of the topic: each event once, however often it was published. */
const vestedIn = async (): Promise<string[]> => {
  const pages = await Promise.all(
    Array.from({ length: log.partitions('referral') }, (_, partition) => log.read('referral', partition, 0, 1000)),
  );
  const events = pages.flat().filter(({ event }) => event.type === 'fcode.reward.vested.v1');
  return [...new Map(events.map(({ event }) => [event.id, event.data as { referralId: string }])).values()].map(
    ({ referralId }) => referralId,
  );
};

/** What the members of each pair are told by each process, and how often which of their rewards vested. */
const endOf = async (pairs: Member[][]) => {
  const told = await Promise.all(
    pairs.map((pair) =>
      Promise.all(
        referral.map(async (_, process) => (await Promise.all(pair.map((m) => referralsOf(m, process)))).flat()),
      ),
    ),
  );
  const made = told.flatMap(([first = []]) => first.map(({ referralId }) => referralId));
  const vested = await until(async () => {
    const found = (await vestedIn()).filter((referralId) => made.includes(referralId));
    return found.length >= made.length ? found : undefined;
  }, 'the rewards to vest');
  return { told, made: made.sort(), vested: vested.sort() };
};
const once = [expect.objectContaining({ reward: expect.objectContaining({ status: 'vested' }) })];

let bought = 0;
const pairsThatBuyAtOnce = async (name: string, meanwhile = async (_round: number): Promise<void> => {}) => {
  const pairs: Member[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const pair = await Promise.all([0, 1].map((n) => newMember(`m_${name}_${round}_${n}`, round + n)));
    const [ann, bob] = pair as [Member, Member];
    await Promise.all([buy(ann, bob, 0), buy(bob, ann, 1), meanwhile(round)]);
    pairs.push(pair);
    bought += 2;
  }
  await allHeard(bought);
  return pairs;
};

describe('two redemption and two referral processes on one store', () => {
  it(`make one referral of two members who buy through each other's links at once, ${rounds} times`, async () => {
    const { told, made, vested } = await endOf(await pairsThatBuyAtOnce('calm'));
    expect(told).toEqual(Array(rounds).fill([once, once]));
    expect(vested).toEqual(made);
  });

  it('make the same of it, and each reward once, while both of referral are killed in turn', async () => {
    const pairs = await pairsThatBuyAtOnce('killed', async (round) => {
      if (round !== 5 && round !== 12) return;
      const victim = referral.shift() as Running;
      await victim.kill();
      referral.push(await system.add('referral'));
    });
    const { told, made, vested } = await endOf(pairs);
    expect(told).toEqual(Array(rounds).fill([once, once]));
    expect(vested).toEqual(made);
  });
});
