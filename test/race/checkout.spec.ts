import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, persistently } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

/** Each finds a broken rule in its first round; what more there are, are for luck. */
const rounds = 8;
const few = 4;
let system: System;
let shop: Calling;
let ops: Calling;
let urls: string[];
let issuance: string;

beforeAll(async () => {
  system = await startSystem({ redemption: [{}, {}], issuance: [{}, {}] });
  [shop, ops] = await Promise.all([system.as('checkout', 'shop_1'), system.as('ops', 'ops_1')]);
  urls = system.redemption.map(({ url }) => url);
  issuance = system.issuance[0]?.url as string;
});
afterAll(() => system.stop());

const at = (position: number): string => urls[position % urls.length] as string;
const take = (
  verb: 'hold' | 'redeem',
  position: number,
  code: string,
  orderId: string,
  buyer: object,
): Promise<Answer> =>
  persistently(() => shop(at(position), 'POST', `/v1/checkout/${verb}`, { code, orderId, sku: 'PHONE-1', buyer }));

/** Where no day ends during a test. */
const whereItIsNoon = (): string => {
  const ahead = 12 - new Date().getUTCHours();
  // Signed as POSIX has it: what is east of Greenwich is less.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
};

const times = <Result>(count: number, job: (position: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, position) => job(position)));

describe('two redemption processes on one store', () => {
  it(`lets one of 64 orders have a code, ${rounds} times`, async () => {
    const campaign = await publishDrop(ops, issuance);
    const codes = await grantCodes(system.as, issuance, urls, campaign, rounds);
    for (const [round, code] of codes.entries()) {
      const verb = round % 2 === 0 ? 'hold' : 'redeem';
      const answers = await times(64, (n) => take(verb, n, code, `a${round}-${n}`, { memberId: `m_${n}` }));
      const won = answers.filter(({ status }) => status === 200);
      const lost = answers.filter(({ word }) => word === 'code_not_usable');
      expect({ round, won: won.length, lost: lost.length }).toEqual({ round, won: 1, lost: 63 });
    }
  });

  it(`gives one order that asks 64 times one effect and the same answer, ${rounds} times`, async () => {
    const campaign = await publishDrop(ops, issuance);
    const codes = await grantCodes(system.as, issuance, urls, campaign, rounds);
    for (const [round, code] of codes.entries()) {
      const verb = round % 2 === 0 ? 'hold' : 'redeem';
      const answers = await times(64, (n) => take(verb, n, code, `b${round}`, { memberId: 'm_1' }));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, `round ${round}`).toBe(1);
      expect(answers[0]?.status).toBe(200);
    }
  });

  it.each([
    { limit: { buyerLimit: 1 }, word: 'buyer_limit_reached', many: rounds },
    { limit: { dayLimit: 1, timeZone: whereItIsNoon() }, word: 'day_limit_reached', many: few },
  ])(
    'lets a buyer who may use one code use one of 20 at once, guests included: $word, $many times',
    async (limited) => {
      const { limit, word: refused, many } = limited;
      const campaign = await publishDrop(ops, issuance, limit);
      const codes = await grantCodes(system.as, issuance, urls, campaign, many * 20);
      for (let round = 0; round < many; round += 1) {
        const buyer = round % 2 === 0 ? { memberId: `m_${round}` } : { email: `guest${round}@example.com` };
        const verb = round % 4 < 2 ? 'hold' : 'redeem';
        const answers = await times(20, (n) =>
          take(verb, n, codes[round * 20 + n] as string, `${refused}-${round}-${n}`, buyer),
        );
        const won = answers.filter(({ status }) => status === 200).length;
        const lost = answers.filter(({ word }) => word === refused).length;
        expect({ round, won, lost }).toEqual({ round, won: 1, lost: 19 });
      }
    },
  );

  it(`lets an order that may use two codes use two of 16 at once, and one more when it gives one back, ${few} times`, async () => {
    const campaign = await publishDrop(ops, issuance, { orderLimit: 2 });
    const codes = await grantCodes(system.as, issuance, urls, campaign, few * 16);
    for (let round = 0; round < few; round += 1) {
      const orderId = `h${round}`;
      // By holds; or by both verbs, as they come.
      const verb = (n: number) => (round % 2 === 0 || n % 2 === 0 ? 'hold' : 'redeem');
      const takeAll = async (texts: string[]) => {
        const answers = await times(texts.length, (n) =>
          take(verb(n), n, texts[n] as string, orderId, { memberId: 'm_1' }),
        );
        const won = texts.filter((_, n) => answers[n]?.status === 200);
        const lost = texts.filter((_, n) => answers[n]?.word === 'order_limit_reached');
        return { won, lost, of: (text: string) => answers[texts.indexOf(text)]?.body ?? {} };
      };
      const settle = (verb: string, n: number, body: object) =>
        persistently(() => shop(at(n), 'POST', `/v1/checkout/${verb}`, { ...body, orderId }));

      const first = await takeAll(codes.splice(0, 16));
      expect({ round, won: first.won.length, lost: first.lost.length }).toEqual({ round, won: 2, lost: 14 });

      const { holdId, redemptionId } = first.of(first.won[0] as string);
      const giveBack = redemptionId === undefined ? ['release', { holdId }] : ['cancel', { redemptionId }];
      const [given, during] = await Promise.all([
        settle(giveBack[0] as string, round, giveBack[1] as object),
        takeAll(first.lost),
      ]);
      expect(given.status, given.text).toBe(200);
      const after = await takeAll(during.lost);
      const more = [...during.won, ...after.won];
      expect({ round, more: more.length, lost: after.lost.length }).toEqual({ round, more: 1, lost: 13 });

      // The two that it has are its own, and there is room for none besides.
      const [kept, next] = [first.won[1] as string, more[0] as string];
      for (const [n, body] of [first.of(kept), (during.won.length > 0 ? during : after).of(next)].entries()) {
        if (body.redemptionId === undefined)
          expect((await settle('confirm', n, { holdId: body.holdId })).status).toBe(200);
      }
      const last = await takeAll(after.lost.slice(0, 4));
      expect({ round, won: last.won.length, lost: last.lost.length }).toEqual({ round, won: 0, lost: 4 });
    }
  });

  it("neither fails nor slows strangers' orders while 64 orders fight for one code", async () => {
    const campaign = await publishDrop(ops, issuance);
    const fights = 10;
    const strangers = 20;
    const codes = await grantCodes(system.as, issuance, urls, campaign, fights * (1 + 2 * strangers) + fights * 64);
    let next = 0;
    const code = (): string => codes[next++] as string;
    const timed = async (position: number, orderId: string): Promise<{ ms: number; status: number }> => {
      const started = performance.now();
      const { status } = await take('redeem', position, code(), orderId, { memberId: 'm_s' });
      return { ms: performance.now() - started, status };
    };
    const besideFight: { ms: number; status: number }[] = [];
    const besideCrowd: { ms: number; status: number }[] = [];
    for (let round = 0; round < fights; round += 1) {
      const contested = code();
      const [, fought] = await Promise.all([
        times(64, (n) => take('redeem', n, contested, `d${round}-${n}`, { memberId: `m_${n}` })),
        times(strangers, (n) => timed(n, `e${round}-${n}`)),
      ]);
      besideFight.push(...fought);
      // The same number of orders at once, each on a code of its own: what a crowd costs without a fight.
      const [, calm] = await Promise.all([
        times(64, (n) => take('redeem', n, code(), `f${round}-${n}`, { memberId: `m_${n}` })),
        times(strangers, (n) => timed(n, `g${round}-${n}`)),
      ]);
      besideCrowd.push(...calm);
    }
    expect(besideFight.every(({ status }) => status === 200)).toBe(true);
    const median = (list: { ms: number }[]) =>
      list.map(({ ms }) => ms).sort((a, b) => a - b)[list.length >> 1] as number;
    // 64 fighters on one code cost strangers no more than 64 others on codes of their own would.
    expect(median(besideFight)).toBeLessThan(median(besideCrowd) * 1.5);
  });
});
