import { codeMint, parseCodeKeys } from '@fcode/codes';
import type { Running } from '@fcode/processes';
import { type StoreCall, type StoreProxy, startStoreProxy } from '@fcode/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Calling } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
let proxy: StoreProxy;
let redemption: Running;
let shop: Calling;
let codes: string[];
let limited: string[];

beforeAll(async () => {
  system = await startSystem({ redemption: [] });
  proxy = await startStoreProxy(system.engines.storeEndpoint);
  redemption = await system.add('redemption', { DYNAMODB_ENDPOINT: proxy.endpoint });
  shop = await system.as('checkout', 'shop_1');
  const ops = await system.as('ops', 'ops_1');
  const issuance = system.issuance[0]?.url as string;
  const free = await publishDrop(ops, issuance);
  codes = await grantCodes(system.as, issuance, [redemption.url], free, 100);
  const strict = await publishDrop(ops, issuance, { buyerLimit: 1 });
  limited = await grantCodes(system.as, issuance, [redemption.url], strict, 100);
});
afterAll(async () => {
  await system.stop();
  await proxy.stop();
});
beforeEach(() => {
  proxy.fault = () => 'pass';
});

const fresh = (list: string[]): string => list.pop() as string;
const send = (verb: string, body: object): Promise<Answer> =>
  shop(redemption.url, 'POST', `/v1/checkout/${verb}`, body);
const order = (code: string, orderId: string) => ({
  code,
  orderId,
  sku: 'PHONE-1',
  buyer: { memberId: `m_${orderId}` },
});
/** How the store names the item of a code. */
const itemOf = (code: string): string => {
  const parsed = codeMint(parseCodeKeys(system.codeKeys)).parse(code);
  if (!parsed.ok) throw new Error(parsed.why);
  return `"code/${parsed.batch}.${parsed.index}"`;
};
/** Calls that checkout makes all the time, whoever asks: its terms' version, and its outbox. */
const isBackground = ({ operation, body }: StoreCall): boolean =>
  operation === 'Query' || (operation === 'GetItem' && body.includes('"terms"'));

describe('what a checkout costs the store', () => {
  it('is one call with one statement and no read, to redeem an untouched code', async () => {
    const code = fresh(codes);
    proxy.calls.length = 0;
    expect((await send('redeem', order(code, '1'))).status).toBe(200);
    const calls = proxy.calls.filter((call) => !isBackground(call));
    expect(calls.map(({ operation }) => operation)).toEqual(['BatchExecuteStatement']);
    const { Statements } = JSON.parse(calls[0]?.body ?? '{}') as { Statements: { Statement: string }[] };
    expect(Statements.length).toBe(1);
    expect(Statements[0]?.Statement).toMatch(/^INSERT/);
  });

  it('is the same to hold one', async () => {
    const code = fresh(codes);
    proxy.calls.length = 0;
    expect((await send('hold', order(code, '2'))).status).toBe(200);
    const calls = proxy.calls.filter((call) => !isBackground(call) && call.body.includes(itemOf(code)));
    expect(calls.map(({ operation }) => operation)).toEqual(['BatchExecuteStatement']);
  });

  it('is one transaction where the campaign limits buyers', async () => {
    const code = fresh(limited);
    proxy.calls.length = 0;
    expect((await send('redeem', order(code, '3'))).status).toBe(200);
    const calls = proxy.calls.filter((call) => !isBackground(call) && call.body.includes(itemOf(code)));
    expect(calls.map(({ operation }) => operation)).toEqual(['TransactWriteItems']);
  });

  it('is nothing for a forged code, a typo, or an index that was never issued', async () => {
    const code = fresh(codes);
    const mint = codeMint(parseCodeKeys(system.codeKeys));
    const parsed = mint.parse(code);
    const unissued = parsed.ok ? mint.mint({ batch: parsed.batch, index: 500 }) : '';
    const typo = code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
    // Let the clearing of what the tests before published pass.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    proxy.calls.length = 0;
    for (const text of ['1234-5678-9ABC-DEFG', typo, unissued, 'nonsense']) {
      for (const verb of ['hold', 'redeem']) expect((await send(verb, order(text, '4'))).word).toBe('code_not_valid');
    }
    expect(proxy.calls.filter((call) => !isBackground(call))).toEqual([]);
  });
});

describe('a lost response: the store answered, the service never heard', () => {
  it.each([
    ['one write', () => codes],
    ['a transaction', () => limited],
  ])('is found out by reading, within the same request (%s)', async (_, list) => {
    for (const verb of ['hold', 'redeem'] as const) {
      const code = fresh(list());
      let lost = 0;
      proxy.fault = ({ operation, body }) => {
        const isWrite = operation === 'BatchExecuteStatement' || operation === 'TransactWriteItems';
        if (!isWrite || !body.includes(itemOf(code)) || lost > 0) return 'pass';
        lost += 1;
        return 'lose';
      };
      const first = await send(verb, order(code, `5-${verb}-${code}`));
      expect(lost).toBe(1);
      expect(first.status).toBe(200);
      const retried = await send(verb, order(code, `5-${verb}-${code}`));
      expect(retried.text).toBe(first.text);
      expect((await send(verb, order(code, 'another'))).word).toBe('code_not_usable');
    }
  });

  it('is answered by 503 when reading fails too; the retry then gets the right answer, once', async () => {
    for (const list of [codes, limited]) {
      const code = fresh(list);
      const mine = order(code, `6-${code}`);
      let written = false;
      proxy.fault = ({ operation, body }) => {
        if (!body.includes(itemOf(code))) return 'pass';
        if (written) return 'refuse';
        written = operation === 'BatchExecuteStatement' || operation === 'TransactWriteItems';
        return written ? 'lose' : 'pass';
      };
      const first = await send('redeem', mine);
      expect([first.status, first.word]).toEqual([503, 'outcome_unknown']);
      expect(first.headers.get('retry-after')).toBe('1');
      proxy.fault = () => 'pass';
      const retried = await send('redeem', mine);
      expect(retried.body).toMatchObject({ status: 'redeemed', orderId: mine.orderId });
      expect((await send('redeem', mine)).text).toBe(retried.text);
      expect((await send('redeem', order(code, 'another'))).word).toBe('code_not_usable');
    }
  });

  it('is the same for a caller that hung up: its retry gets the first answer', async () => {
    const code = fresh(codes);
    const mine = order(code, `7-${code}`);
    const hangUp = new AbortController();
    proxy.fault = ({ body }) => {
      if (body.includes(itemOf(code))) hangUp.abort();
      return 'pass';
    };
    const unheard = fetch(`${redemption.url}/v1/checkout/hold`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await system.token('checkout', 'shop_1')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(mine),
      signal: hangUp.signal,
    });
    await expect(unheard).rejects.toThrow('aborted');
    proxy.fault = () => 'pass';
    const retried = await send('hold', mine);
    expect(retried.body).toMatchObject({ status: 'held', orderId: mine.orderId });
    expect((await send('hold', mine)).text).toBe(retried.text);
  });
});

describe('a store that is away', () => {
  it('makes checkout say so within its time, and write nothing after that', async () => {
    const code = fresh(codes);
    proxy.fault = () => 'refuse';
    const started = performance.now();
    const answer = await send('redeem', order(code, '8'));
    expect(answer.status).toBe(503);
    expect(performance.now() - started).toBeLessThan(5000);
    await expect.poll(async () => (await fetch(`${redemption.url}/readyz`)).status, { timeout: 5000 }).toBe(503);
    expect((await send('redeem', order(code, '8'))).word).toBe('unavailable');
    proxy.fault = () => 'pass';
    await expect.poll(async () => (await fetch(`${redemption.url}/readyz`)).status, { timeout: 5000 }).toBe(200);
    expect((await send('check', { code, sku: 'PHONE-1' })).body).toMatchObject({ outcome: 'accepted' });
  });
});
