import type { Embedded } from '@fcode/embedded';
import { until } from '@fcode/testkit';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsOf } from './support/calls.ts';
import { checkout, demoCampaign, newCodes, openQuickDrop, quickDrop, startSystem } from './support/system.ts';
import { openVisits } from './support/visits.ts';
import { filled, wordsOf } from './support/words.ts';

const words = wordsOf.en.shop;
const { problem } = wordsOf.en;
const lamp = quickDrop.skus[0] as string;

let system: Embedded;
/** Of the demo's campaign, which holds for a quarter of an hour, and of one that holds for five seconds. */
let phones: string[];
let lamps: string[];
const next = (codes: string[]): string => codes.pop() as string;

beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
  phones = await newCodes(system, await demoCampaign(system), 9);
  lamps = await newCodes(system, await openQuickDrop(system), 9);
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const codeField = (page: Page) => page.getByLabel(wordsOf.en.code.label, { exact: true });
const orderId = (page: Page) => page.getByText(/^Order W-/).innerText();
const says = (page: Page, text: string | RegExp) => page.getByTestId('check').getByText(text).waitFor();

/** A look that changes nothing, as the call panel shows it. */
const checked = 'POST /v1/checkout/check 200';

let buyers = 0;
const newBuyer = (): string => {
  buyers += 1;
  return `buyer-${buyers}@example.com`;
};

/** The order form, filled: a guest and a code. */
const fill = async (page: Page, code: string, sku = 'PHONE-1', email = newBuyer()) => {
  await page.getByLabel(words.productLabel, { exact: true }).selectOption(sku);
  await page.getByLabel(words.email, { exact: true }).fill(email);
  await codeField(page).fill(code);
};
const hold = async (page: Page, code: string, sku?: string) => {
  await fill(page, code, sku);
  await says(page, words.codeGood);
  await button(page, words.hold).click();
  await page.getByTestId('held').waitFor();
};
/** Another order takes the code, as soon as it can be had. */
const takenByAnother = (code: string) =>
  until(async () => {
    const order = { code, orderId: `other-${code}`, sku: lamp, buyer: { email: newBuyer() } };
    return (await checkout(system, 'hold', order)).status === 200;
  }, 'another order to take the code');

describe.concurrent('before a code is held, the shop', () => {
  it('tells a typo in it', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    const code = next(phones);
    const typo = code.slice(0, -1) + (code.endsWith('7') ? '8' : '7');
    await fill(page, typo);
    await says(page, problem.code_not_valid);
    await codeField(page).fill(code);
    await says(page, words.codeGood);
    expect(new Set(await callsOf(page))).toEqual(new Set([checked]));
  });

  it('counts what is missing of a code, and asks for what is missing in the form', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    await codeField(page).fill('AB12');
    await says(page, filled(words.codeCount, { count: '4' }));
    await button(page, words.hold).click();
    await page.getByText(words.emailNeeded).waitFor();
    await page.getByText(words.codeNeeded).waitFor();
    expect(await page.getByTestId('calls').count()).toBe(0);
  });

  it('takes a code out of a whole link that was pasted', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    const code = next(phones);
    await fill(page, `${system.url}/i/lnk_1#${code}`);
    await page.keyboard.press('Tab');
    await says(page, words.codeGood);
    expect(await codeField(page).inputValue()).toBe(code);
  });

  it('says that another order holds it, to nobody but its buyer until when', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    const [code, email] = [next(phones), newBuyer()];
    await checkout(system, 'hold', { code, orderId: 'elsewhere', sku: 'PHONE-1', buyer: { email } });
    await fill(page, code);
    await says(page, problem.code_not_usable);
    await fill(page, code, 'PHONE-1', email);
    await says(page, /^Another order holds this code until \d+:\d\d:\d\d/);
    expect(new Set(await callsOf(page))).toEqual(new Set([checked]));
  });

  it('says to its buyer that it is used up', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    const [code, email] = [next(phones), newBuyer()];
    await checkout(system, 'redeem', { code, orderId: 'sold', sku: 'PHONE-1', buyer: { email } });
    await fill(page, code, 'PHONE-1', email);
    await says(page, words.codeUsed);
    expect(new Set(await callsOf(page))).toEqual(new Set([checked]));
  });

  it('says that it is for another product', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    await fill(page, next(lamps), 'PHONE-1');
    await says(page, problem.sku_not_covered);
    await page.getByLabel(words.productLabel, { exact: true }).selectOption(lamp);
    await says(page, words.codeGood);
    expect(new Set(await callsOf(page))).toEqual(new Set([checked]));
  });

  it('says so when another order was faster than the button', async (test) => {
    const { page, go, watch } = await visitor(test);
    watch.expect('409 /v1/checkout/hold');
    await go('/shop');
    const code = next(phones);
    await fill(page, code);
    await says(page, words.codeGood);
    await checkout(system, 'hold', { code, orderId: 'faster', sku: 'PHONE-1', buyer: { email: newBuyer() } });
    await button(page, words.hold).click();
    await says(page, problem.code_not_usable);
    expect(await callsOf(page)).toEqual([checked, 'POST /v1/checkout/hold 409']);
  });
});

describe.concurrent('while a code is held, an order', () => {
  it('goes on after a reload where it was', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    await hold(page, next(phones));
    const order = await orderId(page);
    const heldUntil = await page.getByText(/^Nobody else can use it until/).innerText();
    await page.reload();
    await page.getByTestId('held').waitFor();
    expect(await orderId(page)).toBe(order);
    expect(await page.getByText(/^Nobody else can use it until/).innerText()).toBe(heldUntil);
    await button(page, words.pay).click();
    await page.getByTestId('paid').waitFor();
  });

  it('is left without a call, and come back to', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    await hold(page, next(phones));
    const order = await orderId(page);
    await button(page, words.leave).click();
    await page.getByTestId('left').waitFor();
    expect(await page.getByTestId('calls').innerText()).not.toContain('release');
    await page.getByRole('link', { name: wordsOf.en.layout.fan, exact: true }).click();
    await page.getByRole('link', { name: wordsOf.en.layout.shop, exact: true }).click();
    await button(page, words.comeBack).click();
    await page.getByTestId('held').waitFor();
    expect(await orderId(page)).toBe(order);
    await button(page, words.pay).click();
    await page.getByTestId('paid').waitFor();
  });
});

describe.concurrent('after a hold has ended', () => {
  it('late payment counts while nobody took the code', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    await hold(page, next(lamps), lamp);
    await page.getByTestId('expired').waitFor();
    await page.getByText(words.expiredText).waitFor();
    await button(page, words.payLate).click();
    await page.getByTestId('paid').waitFor();
    expect((await callsOf(page)).at(-1)).toBe('POST /v1/checkout/confirm 200');
  });

  it('late payment is given back when another order took the code', async (test) => {
    const { page, go, watch } = await visitor(test);
    watch.expect('409 /v1/checkout/confirm');
    await go('/shop');
    const code = next(lamps);
    await hold(page, code, lamp);
    await page.getByTestId('expired').waitFor();
    await takenByAnother(code);
    await button(page, words.payLate).click();
    await page.getByTestId('lost').waitFor();
    await page.getByText(words.lostText).waitFor();
    await button(page, words.newOrder).click();
    await page.getByTestId('lost').waitFor({ state: 'hidden' });
    expect(await codeField(page).inputValue()).toBe('');
  });

  it('the order that was left starts again with its code', async (test) => {
    const { page, go } = await visitor(test);
    await go('/shop');
    await hold(page, next(lamps), lamp);
    const order = await orderId(page);
    await button(page, words.leave).click();
    await page.getByText(words.leftEnded).waitFor();
    await button(page, words.comeBack).click();
    await button(page, words.startAgain).click();
    await says(page, words.codeGood);
    expect(await orderId(page)).toBe(order);
    await button(page, words.hold).click();
    await page.getByTestId('held').waitFor();
  });

  it('the code of a tab that was closed is free for a new order', async (test) => {
    const { context, page, go } = await visitor(test);
    await go('/shop');
    const code = next(lamps);
    await hold(page, code, lamp);
    const order = await orderId(page);
    await page.close();

    const back = await context.newPage();
    await back.goto('/shop');
    await fill(back, code, lamp);
    await says(back, problem.code_not_usable);
    // The shop looks when something is typed, and not again by itself.
    await until(async () => {
      await codeField(back).fill('');
      await codeField(back).fill(code);
      await back.getByTestId('check').getByText(words.codeGood).waitFor({ timeout: 1000 });
      return true;
    }, 'the code to be free');
    await button(back, words.hold).click();
    await back.getByTestId('held').waitFor();
    expect(await orderId(back)).not.toBe(order);
  });
});
