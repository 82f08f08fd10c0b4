import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Calling } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { onCluster } from '../support/engines.ts';
import { type System, startSystem } from '../support/system.ts';

const rounds = onCluster ? 10 : 30;
const roundsAtMost = 200;
let system: System;
let shop: Calling;
let codes: string[];
let limited: string[];
let slow: string;
let fast: string;

beforeAll(async () => {
  system = await startSystem({
    redemption: [{ FCODE_CLOCK_OFFSET_MS: '-30000' }, { FCODE_CLOCK_OFFSET_MS: '30000' }],
    insights: true,
  });
  shop = await system.as('checkout', 'shop_1');
  const ops = await system.as('ops', 'ops_1');
  const issuance = system.issuance[0]?.url as string;
  [slow, fast] = system.redemption.map(({ url }) => url) as [string, string];
  const campaign = await publishDrop(ops, issuance, { holdSeconds: 10 });
  codes = await grantCodes(system.as, issuance, [slow, fast], campaign, roundsAtMost + rounds + 10);
  const strict = await publishDrop(ops, issuance, { holdSeconds: 10, buyerLimit: 1 });
  limited = await grantCodes(system.as, issuance, [slow, fast], strict, 10);
});
afterAll(() => system.stop());

let next = 0;
const code = (): string => codes[next++] as string;
const hold = (url: string, text: string, orderId: string): Promise<Answer> =>
  shop(url, 'POST', '/v1/checkout/hold', { code: text, orderId, sku: 'PHONE-1', buyer: { memberId: orderId } });
const confirm = (url: string, { body }: Answer, orderId: string): Promise<Answer> =>
  shop(url, 'POST', '/v1/checkout/confirm', { holdId: body.holdId, orderId });

describe('two processes whose clocks are a minute apart', () => {
  it('keeps a hold from being taken by a clock that is behind', async () => {
    const text = code();
    const mine = await hold(fast, text, 'a1');
    expect((await hold(slow, text, 'a2')).word).toBe('code_not_usable');
    expect((await confirm(slow, mine, 'a1')).status).toBe(200);
  });

  it('lets the owner confirm late, on either clock, while nobody has taken the code', async () => {
    const mine = await hold(slow, code(), 'b1');
    expect((await confirm(fast, mine, 'b1')).body).toMatchObject({ status: 'redeemed', orderId: 'b1' });
  });

  it('tells the owner that the hold is lost when a clock ahead let somebody else take it, and ops see it', async () => {
    const text = code();
    const mine = await hold(slow, text, 'c1');
    const theirs = await hold(fast, text, 'c2');
    expect(theirs.status).toBe(200);
    expect((await confirm(slow, mine, 'c1')).word).toBe('hold_lost');
    expect((await confirm(slow, mine, 'c1')).word).toBe('hold_lost');
    expect((await confirm(slow, theirs, 'c2')).status).toBe(200);
    const ops = await system.as('ops', 'ops_1');
    const types = async () => {
      const { body } = await ops(system.insights?.url as string, 'POST', '/v1/codes/history', { code: text });
      return ((body.entries ?? []) as { type: string }[]).map(({ type }) => type);
    };
    await expect
      .poll(types, { timeout: 10_000 })
      .toEqual(['code.held', 'code.released', 'code.held', 'code.hold_lost', 'code.redeemed']);
  });

  it.each(['confirm', 'redeem'])(
    "keeps a buyer's limit when the slot of a hold looked over to one clock and not to the other (%s)",
    async (verb) => {
      const [mine, other] = [limited.pop() as string, limited.pop() as string];
      const buyer = { email: `${verb}@example.com` };
      const take = (url: string, name: string, text: string, orderId: string) =>
        shop(url, 'POST', `/v1/checkout/${name}`, { code: text, orderId, sku: 'PHONE-1', buyer });
      const held = await take(slow, 'hold', mine, `f1-${verb}`);
      expect((await take(fast, 'redeem', other, `f2-${verb}`)).status).toBe(200);
      const late = verb === 'redeem' ? take(slow, 'redeem', mine, `f1-${verb}`) : confirm(slow, held, `f1-${verb}`);
      expect((await late).word).toBe('hold_lost');
    },
  );

  it(`never lets two orders win when the owner's confirm meets another's taking, ${rounds} times or more`, async () => {
    let owners = 0;
    let others = 0;
    // Until both sides have won some of the races, or this was none.
    for (let round = 0; round < roundsAtMost && (round < rounds || owners === 0 || others === 0); round += 1) {
      const text = code();
      const mine = await hold(slow, text, `d${round}`);
      const [confirmed, taken] = await Promise.all([
        confirm(slow, mine, `d${round}`),
        shop(fast, 'POST', '/v1/checkout/redeem', {
          code: text,
          orderId: `e${round}`,
          sku: 'PHONE-1',
          buyer: { memberId: 'm_e' },
        }),
      ]);
      const winners = [confirmed, taken].filter(({ status }) => status === 200).length;
      expect({ round, winners }).toEqual({ round, winners: 1 });
      expect([confirmed.word, taken.word]).toContainEqual(confirmed.status === 200 ? 'code_not_usable' : 'hold_lost');
      if (confirmed.status === 200) owners += 1;
      else others += 1;
    }
    expect(owners).toBeGreaterThan(0);
    expect(others).toBeGreaterThan(0);
  });
});
