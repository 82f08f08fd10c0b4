import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { demoPolicy, loadDemo } from '@fcode/embedded/demo';
import { createLogger, type Role } from '@fcode/http';
import { until } from '@fcode/testkit';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { callingWith, key } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { faultsOf } from './support/faults.ts';
import { demoCampaign } from './support/system.ts';
import { openVisits } from './support/visits.ts';
import { filled, type Language, wordsOf } from './support/words.ts';

const price = demoPolicy.prices?.code as number;

let system: Embedded;
let demo: string;
let folder: string;
const as = async (role: Role, subject: string) => callingWith(await system.token({ subject, roles: [role] }));

/** The demo, where points buy codes. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-browser-'));
  const logger = createLogger('fcode', 'error');
  system = await startEmbedded({ folder, port: 0, logger, policy: demoPolicy });
  await loadDemo(system);
  const ops = await as('ops', 'ops_1');
  demo = await demoCampaign(system);
  const leo = `/v1/campaigns/${demo}/allotments/m_leo`;
  await until(async () => (await ops(system.url, 'GET', leo)).body.tier === 'core', 'the tiers of the demo');
});
afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});
/** It has one code, and nobody may claim it. */
const smallDrop = { name: 'Small drop', skus: ['LAMP-1'], quota: 1, allotment: {} };
const visitor = openVisits(() => system);

const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const purchasesOf = async (memberId: string) => {
  const { body } = await (await as('member', memberId))(system.url, 'GET', '/v1/me/purchases');
  return body.items as { status: string; reason?: string }[];
};
/** The numbers of a text, in their order. */
const numbersIn = async (text: Locator): Promise<number[]> =>
  ((await text.innerText()).match(/\d+(?:\.\d+)?/g) ?? []).map(Number);

type Told = Record<'purchaseId' | 'campaignId' | 'points' | 'spentAt', unknown>;

/** As long as it is held, no page hears how a purchase ends; `freed` lets it. */
const endsUnheard = async (context: BrowserContext) => {
  let isHeld = true;
  await context.route('**/v1/me/purchases?*', async (route) => {
    const response = await route.fetch();
    const { items, ...rest } = (await response.json()) as { items: Told[] };
    const pending = items.map(({ purchaseId, campaignId, points, spentAt }) => {
      return { purchaseId, campaignId, points, spentAt, status: 'pending' };
    });
    await route.fulfill({ response, json: { ...rest, items: isHeld ? pending : items } });
  });
  return () => {
    isHeld = false;
  };
};
/** The next purchase is heard, and its answer is that something broke. */
const answerBreaks = async (context: BrowserContext) =>
  context.route(
    '**/v1/me/purchases',
    async (route) => {
      await route.fetch();
      const problem = { type: 'urn:fcode:problem:internal_error', title: 'Something broke.', status: 500 };
      await route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    },
    { times: 1 },
  );

const pointsIn = (language: Language, count: number) =>
  filled(wordsOf[language].fan.points_other, { points: String(count) });

describe('points that buy codes, in Chinese on a phone', () => {
  const language = 'zh';
  const width = 390;
  const fan = 'm_leo';
  const words = wordsOf[language];
  const points = (count: number) => pointsIn(language, count);

  it('become a code of the fan’s, at the price and with the tier that were said; without a code they are back', async (test) => {
    const { expect } = test;
    const campaignId = await publishDrop(await as('ops', 'ops_1'), system.url, smallDrop);
    const { name } = smallDrop;
    const visit = await visitor(test, { language, width, remembers: { 'fcode.persona': fan } });
    const { page, context } = visit;
    const looks = async (next: Locator, picture: string) =>
      expect(await faultsOf(visit, next, language, picture)).toEqual([]);
    await visit.go('/fan');
    const toSpend = page.getByTestId('to-spend');
    await toSpend.getByText(filled(words.buy.price, { price: points(price) }), { exact: true }).waitFor();
    const [before = 0] = await numbersIn(toSpend);
    const open = button(page.getByTestId(`buy-${campaignId}`), filled(words.buy.codeOf, { name }));

    // Before anything is spent, it says what it costs: in points, and in the tier.
    await open.click();
    const dialog = page.getByRole('dialog');
    const [costs, have, left = 0] = await numbersIn(dialog.getByTestId('costs'));
    expect([costs, have]).toEqual([price, before]);
    expect(left).toBeCloseTo(before - price, 0);
    const falls = filled(words.buy.falls, { from: words.tier.core, to: words.tier.loyal });
    await dialog.getByText(falls, { exact: true }).waitFor();
    const pay = button(dialog, filled(words.buy.pay, { price: points(price) }));
    await looks(pay, 'points-ask');

    // The points are taken at once, and the code follows.
    const freed = await endsUnheard(context);
    await pay.click();
    await dialog
      .getByTestId('under-way')
      .getByText(filled(words.buy.underWay, { price: points(price) }), { exact: true })
      .waitFor();
    const close = dialog.getByTestId('done');
    expect(await close.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.getByTestId('purchase').and(page.locator('[data-status="pending"]')).waitFor({ state: 'attached' });
    freed();
    const bought = dialog.getByTestId('bought');
    await bought.getByText(words.buy.bought, { exact: true }).waitFor();
    const code = await bought.getByTestId('code').innerText();
    await looks(close, 'points-bought');
    await close.click();
    await dialog.waitFor({ state: 'hidden' });
    const row = page.getByTestId('code-row').and(page.locator('[data-status="unused"]')).filter({ hasText: code });
    await row.getByText(filled(words.fan.exchangedAt, { date: '' }).trim()).waitFor();
    const scoreIs = (score: number) =>
      expect.poll(async () => Math.abs(((await numbersIn(toSpend))[0] ?? 0) - score)).toBeLessThan(0.2);
    await scoreIs(before - price);
    await toSpend.getByTestId('spent').waitFor();
    await page.getByTestId('standing').getByText(words.tier.loyal, { exact: true }).waitFor();
    await page.getByTestId('standing').getByText(words.kind.purchase, { exact: true }).waitFor();

    // There is none left. What answered broke; asked again, it is the same purchase.
    await answerBreaks(context);
    visit.watch.expect('500 /v1/me/purchases');
    await open.click();
    await pay.click();
    await dialog.getByText(words.problem.internal_error, { exact: true }).waitFor();
    await pay.click();
    const refused = dialog.getByTestId('refunded');
    await refused.getByText(filled(words.buy.refused, { price: points(price) }), { exact: true }).waitFor();
    await refused.getByText(words.problem.sold_out, { exact: true }).waitFor();
    await looks(close, 'points-refused');
    await close.click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => open.evaluate((element) => element === document.activeElement)).toBe(true);
    const listed = page.getByTestId('purchase').and(page.locator('[data-status="refunded"]'));
    await listed.getByText(words.problem.sold_out, { exact: true }).waitFor();
    await listed.getByText(words.buy.status.refunded, { exact: true }).waitFor();
    expect(await page.getByTestId('purchase').count()).toBe(1);
    await scoreIs(before - price);
    expect(await purchasesOf(fan)).toMatchObject([{ status: 'refunded', reason: 'sold_out' }, { status: 'bought' }]);
    await looks(open, 'points-after');
  });
});

describe('points of whoever has the tier for good, in English on a wide screen', () => {
  const words = wordsOf.en;

  it('buy a code that costs no tier', async (test) => {
    const { expect } = test;
    const { page, go } = await visitor(test, { remembers: { 'fcode.persona': 'm_mia' } });
    await go('/fan');
    const [before = 0] = await numbersIn(page.getByTestId('to-spend'));
    await page.getByTestId(`buy-${demo}`).getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(filled(words.buy.tier.pinned, { tier: words.tier.angel }), { exact: true }).waitFor();
    await button(dialog, filled(words.buy.pay, { price: pointsIn('en', price) })).click();
    await dialog.getByTestId('bought').waitFor();
    await dialog.getByTestId('done').click();
    const left = async () => (await numbersIn(page.getByTestId('to-spend')))[0] ?? 0;
    await expect.poll(async () => Math.abs((await left()) - (before - price))).toBeLessThan(0.2);
    await page.getByTestId('standing').getByText(words.tier.angel, { exact: true }).waitFor();
  });
});

describe('points that are not enough', () => {
  const fan = 'm_fay';

  it('buy nothing, and it is said what was spent, and what is owed of it', async (test) => {
    const { expect } = test;
    const ops = await as('ops', 'ops_1');
    const tell = async (kind: 'feat' | 'reversal') => {
      const told = Array.from({ length: 4 }, (_, ref) => ({
        memberId: fan,
        source: 'github',
        ref: `${fan}/${ref}`,
        kind,
        occurredAt: new Date().toISOString(),
      }));
      expect((await ops(system.url, 'POST', '/v1/contributions', { contributions: told })).status).toBe(200);
    };
    await tell('feat');
    const member = await as('member', fan);
    const spent = await member(system.url, 'POST', '/v1/me/purchases', { campaignId: demo }, key());
    expect(spent.status).toBe(201);
    await until(async () => (await purchasesOf(fan))[0]?.status === 'bought', 'the code');
    await tell('reversal');

    const visit = await visitor(test, { remembers: { 'fcode.persona': fan } });
    await visit.go('/fan');
    const toSpend = visit.page.getByTestId('to-spend');
    await toSpend.getByTestId('spent').waitFor();
    const [owed = 0] = await numbersIn(toSpend.getByTestId('owed'));
    const [have] = await numbersIn(toSpend);
    expect(have).toBe(0);
    // What little the fan had before pays for some of it.
    expect(owed).toBeGreaterThan(price - 3);
    expect(owed).toBeLessThanOrEqual(price);
    const row = visit.page.getByTestId(`buy-${demo}`);
    const open = row.getByRole('button');
    expect(await open.isEnabled()).toBe(false);
    const [missing] = await numbersIn(row.getByTestId('why-not'));
    expect(missing).toBeCloseTo(price + owed, 0);
    await open.click({ force: true });
    expect(await visit.page.getByRole('dialog').count()).toBe(0);
    expect(await faultsOf(visit, open, 'en', 'points-owed')).toEqual([]);
  });
});

describe('points that buy codes of a drop', () => {
  const words = wordsOf.zh;
  const { preview, ask, terms, next } = words.console.campaigns;

  it('are told to ops beside who gets what, in its terms, and before it is published', async (test) => {
    const { expect } = test;
    const costs = { points: String(price) };
    const visit = await visitor(test, { language: 'zh', remembers: { 'fcode.ops': 'ops_olga' } });
    const { page } = visit;
    await visit.go('/ops/campaigns/new');
    await page.getByTestId('for-points').getByText(filled(preview.points_other, costs), { exact: true }).waitFor();

    const from = Date.now();
    const drop = {
      ...smallDrop,
      allotment: { fan: 1 },
      startsAt: new Date(from).toISOString(),
      endsAt: new Date(from + 86_400_000).toISOString(),
      timeZone: 'Asia/Shanghai',
    };
    const { body } = await (await as('ops', 'ops_1'))(system.url, 'POST', '/v1/campaigns', drop, key());
    await visit.go(`/ops/campaigns/${String(body.campaignId)}`);
    await page.getByText(filled(terms.pointsText_other, costs), { exact: true }).waitFor();
    await button(page, next.publish).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(filled(ask.publish.points_other, costs), { exact: true }).waitFor();
    // By the operator's clocks, and by those of the campaign.
    for (const zone of ['UTC', 'Asia/Shanghai']) await dialog.getByText(zone).waitFor();
    const publish = button(dialog, ask.publish.confirm);
    expect(await faultsOf(visit, publish, 'zh', 'ops-points-publish')).toEqual([]);
  });
});
