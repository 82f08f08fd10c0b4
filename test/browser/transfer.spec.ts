import type { Embedded } from '@fcode/embedded';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf } from './support/faults.ts';
import { checkout, claimCode, demoCampaign, offerOf, openShortDrop, shortDrop, startSystem } from './support/system.ts';
import { openVisits, type Visit } from './support/visits.ts';
import { filled, type Language, wordsOf } from './support/words.ts';

type Words = (typeof wordsOf)[Language];

const names = {
  en: { leo: 'Leo', zoe: 'Zoe', kai: 'Kai', fay: 'Fay' },
  zh: { leo: '里奥', zoe: '佐伊', kai: '小凯', fay: '小菲' },
} as const satisfies Record<Language, Record<string, string>>;

/** What the demo's campaign is called. */
const demoName = 'First drop';

let system: Embedded;
let demo: string;
let short: string;
beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
  demo = await demoCampaign(system);
  short = await openShortDrop(system);
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const as = (persona: string) => ({ 'fcode.persona': persona });

/** The row of a code among the member's own, as soon as it is in that state. */
const rowOf = (page: Page, code: string, state: string): Locator =>
  page
    .getByTestId('code-row')
    .and(page.locator(`[data-status="${state}"]`))
    .filter({ hasText: code });
/** What became of a code that was passed on, in the list of the one or of the other. */
const passed = (page: Page, direction: 'given' | 'received', status: string, text: string | RegExp): Locator =>
  page
    .getByTestId(direction)
    .and(page.locator(`[data-status="${status}"]`))
    .filter({ hasText: text });

/** A sentence, whatever time it names. */
const anyTime = (text: string, values: Record<string, string> = {}): RegExp =>
  new RegExp(
    filled(text, { ...values, date: '\u0000' })
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace('\u0000', '.+'),
  );

/** On the fan page: the one-time link for the code. */
const passOn = async (page: Page, code: string, words: Words): Promise<string> => {
  await button(rowOf(page, code, 'unused'), filled(words.pass.codeOn, { code })).click();
  const dialog = page.getByRole('dialog');
  await button(dialog, words.pass.make).click();
  const link = await dialog.getByLabel(words.pass.link, { exact: true }).inputValue();
  await dialog.getByText(anyTime(words.pass.waits)).waitFor();
  await button(dialog, words.give.close).click();
  await dialog.waitFor({ state: 'hidden' });
  return link;
};

const accept = async ({ page, go }: Visit, link: string, words: Words) => {
  await go(link);
  await button(page, words.accept.accept).click();
};

type Refused = keyof Words['accept']['refused'];
/** The page says at once that there is nothing to accept, and why. */
const isRefused = async (page: Page, why: Refused, words: Words) => {
  await page.getByRole('heading', { level: 1, name: words.accept.refused[why], exact: true }).waitFor();
  await page
    .getByTestId('refused')
    .getByText(why === 'withdrawn' || why === 'used' ? words.accept.why[why] : words.problem[why], { exact: true })
    .waitFor();
  expect(await button(page, words.accept.accept).count()).toBe(0);
};

// Each in one language and on one kind of screen: what they look like in the other is judged on the way.
describe.concurrent('a transfer by hand, in Chinese on a phone', () => {
  const language = 'zh';
  const width = 390;
  const [fan, friend] = ['fay', 'kai'] as const;
  const words = wordsOf[language];
  const name = names[language];

  it('gives the code to the first who accepts it, to nobody after that, and back when the window ends', async (test) => {
    const { expect } = test;
    const { code } = await claimCode(system, `m_${fan}`, short);
    const giver = await visitor(test, { language, width, remembers: as(`m_${fan}`) });
    const receiver = await visitor(test, { language, width, remembers: as(`m_${friend}`) });
    const late = await visitor(test, { language, width, remembers: as('m_zoe') });
    const asked: string[] = [];
    for (const { context } of [giver, receiver, late]) context.on('request', (request) => asked.push(request.url()));

    // The fan passes it on: from then on it waits, and is nobody's to use. What follows must be done before the window ends.
    for (const { page, go } of [receiver, late]) {
      await go('/accept');
      await page.getByTestId('no-token').waitFor();
    }
    await giver.go('/fan');
    const link = await passOn(giver.page, code, words);
    expect(link).toMatch(new RegExp(`^${system.url}/accept#[^#]+$`));
    const waiting = rowOf(giver.page, code, 'offered');
    await waiting.getByText(anyTime(words.pass.given.offered)).waitFor();
    expect(await button(waiting, filled(words.code.copyThis, { code })).count()).toBe(0);
    expect(await button(waiting, filled(words.fan.giveCode, { code })).count()).toBe(0);

    // Another reads it first, and sees what it is and what it takes off; the friend accepts it on a page: there is the code.
    await late.go(link);
    const seenFirst = late.page.getByTestId('offer');
    await seenFirst.getByText(shortDrop.skus[0] as string).waitFor();
    await seenFirst.getByText(filled(words.effect.amount, { amount: '€50.00' })).waitFor();
    await button(seenFirst, words.accept.accept).waitFor();
    await accept(receiver, link, words);
    await receiver.page.getByRole('heading', { level: 1, name: words.accept.yours }).waitFor();
    expect(await receiver.page.getByTestId('code').innerText()).toBe(code);
    await receiver.page.getByText(anyTime(words.accept.yoursText, { name: name[fan] })).waitFor();

    // Whoever read it, and whoever comes after that, is told so without a click.
    await isRefused(late.page, 'transfer_taken', words);
    const later = await visitor(test, { language, width });
    await later.go(link);
    await isRefused(later.page, 'transfer_taken', words);

    // The window ends, and the code is the fan's again: not the friend's, but the fan's to pass on and to buy with.
    const back = rowOf(giver.page, code, 'unused');
    await back.waitFor({ timeout: 20_000 });
    await passed(giver.page, 'given', 'returned', anyTime(words.pass.given.unused, { name: name[friend] })).waitFor();
    expect(await button(back, filled(words.code.copyThis, { code })).count()).toBe(1);
    expect(await button(back, filled(words.pass.codeOn, { code })).isEnabled()).toBe(true);
    for (const { page, go } of [receiver, later]) {
      await go('/');
      await go(link);
      await isRefused(page, 'transfer_over', words);
    }
    await receiver.go('/fan');
    const gone = filled(words.pass.received.returned, { name: name[fan] });
    const went = passed(receiver.page, 'received', 'returned', gone);
    await went.waitFor();
    expect(await went.getByTestId('code').count()).toBe(0);
    const order = { code, sku: shortDrop.skus[0], orderId: `back-${language}` };
    const holdBy = async (who: string) =>
      (await checkout(system, 'hold', { ...order, buyer: { memberId: `m_${who}` } })).status;
    expect(await holdBy(fan)).toBe(200);
    await rowOf(giver.page, code, 'held').waitFor();

    // What opens a code, and the code, stood in no address that a server sees.
    const secret = link.slice(link.indexOf('#') + 1);
    const seen = asked.map((url) => url.split('#')[0] as string);
    expect(seen.filter((url) => url.includes(secret) || url.includes(code))).toEqual([]);
  });
});

describe.concurrent('passing on, in English,', () => {
  const language = 'en';
  const receiver = 'zoe';
  const words = wordsOf[language];
  const name = names[language];

  it('is read and used by anybody, from the offer to the purchase', async (test) => {
    const { expect } = test;
    const looks = async (visit: Visit, next: Locator, picture: string) =>
      expect(await faultsOf(visit, next, language, picture)).toEqual([]);
    const { code } = await claimCode(system, 'm_leo', demo);

    const giver = await visitor(test, { language, remembers: as('m_leo') });
    const { page: home } = giver;
    await giver.go('/fan');
    await button(rowOf(home, code, 'unused'), filled(words.pass.codeOn, { code })).click();
    const dialog = home.getByRole('dialog');
    const make = button(dialog, words.pass.make);
    await looks(giver, make, 'pass-on');
    await make.click();
    await dialog.getByText(anyTime(words.pass.waits)).waitFor();
    const link = await dialog.getByLabel(words.pass.link, { exact: true }).inputValue();
    await looks(giver, button(dialog, words.give.copy), 'pass-on-link');
    await button(dialog, words.give.close).click();
    await dialog.waitFor({ state: 'hidden' });
    const takeBack = button(rowOf(home, code, 'offered'), filled(words.pass.withdrawCode, { code }));
    await looks(giver, takeBack, 'fan-offered');

    const friend = await visitor(test, { language });
    const { page: phone } = friend;
    await friend.go('/accept');
    await phone.getByTestId('no-token').waitFor();
    // Nothing but what stands behind the # changes: the page follows.
    await friend.go(link);
    await phone.getByRole('heading', { level: 1, name: words.accept.title }).waitFor();
    // Before anybody is signed in, it says for what it is and how long there is; not whose it is.
    const offered = phone.getByTestId('offer');
    await offered.getByText('PHONE-1').waitFor();
    await offered
      .getByTestId('left')
      .getByText(anyTime(words.accept.left, { time: '\u0000' }))
      .waitFor();
    expect(await phone.getByRole('main').innerText()).not.toContain(code);
    const choice = phone.getByTestId(`persona-m_${receiver}`);
    await choice.waitFor();
    // Whoever skips to the content by keyboard does not lose what stands behind the #.
    const skip = button(phone, words.layout.skip);
    await skip.focus();
    await phone.keyboard.press('Enter');
    expect(phone.url()).toBe(link);
    expect(await phone.getByRole('main').evaluate((element) => element === document.activeElement)).toBe(true);
    await choice.click();
    const acceptIt = button(phone, words.accept.accept);
    await offered.getByText(demoName).waitFor();
    await looks(friend, acceptIt, 'accept');
    await acceptIt.click();
    const useIn = (within: Page | Locator) => within.getByRole('link', { name: words.friend.use, exact: true });
    await looks(friend, useIn(phone), 'accepted');
    // The friend may come back by the same link; to everybody else it says that the code is taken.
    await phone.reload();
    await phone.getByRole('heading', { level: 1, name: words.accept.yours }).waitFor();
    expect(await phone.getByTestId('code').innerText()).toBe(code);
    const stranger = await visitor(test, { language });
    await stranger.go(link);
    await isRefused(stranger.page, 'transfer_taken', words);
    await rowOf(home, code, 'accepted').waitFor();
    await passed(home, 'given', 'accepted', anyTime(words.pass.given.accepted, { name: name[receiver] })).waitFor();

    // It stands on the friend's own page too, and leads into the shop as the friend alone who may buy with it.
    await friend.go('/fan');
    const from = anyTime(words.pass.received.accepted, { name: name.leo });
    const use = useIn(passed(phone, 'received', 'accepted', from));
    await looks(friend, use, 'fan-received');
    await use.click();
    await phone.getByTestId('check').getByText(words.shop.codeGood).waitFor();
    await phone.getByLabel(words.shop.guest, { exact: true }).check();
    await phone.getByLabel(words.shop.email, { exact: true }).fill('stranger@example.com');
    await phone.getByTestId('check').getByText(words.problem.code_not_usable).waitFor();
    await phone.getByLabel(words.shop.member, { exact: true }).check();
    await phone.getByTestId('check').getByText(words.shop.codeGood).waitFor();
    await button(phone, words.shop.hold).click();
    await button(phone, words.shop.pay).click();
    await phone.getByTestId('paid').waitFor();
    await passed(home, 'given', 'used', code)
      .getByText(filled(words.pass.given.used, { name: name[receiver] }))
      .waitFor();
    await rowOf(home, code, 'redeemed').waitFor();
    await friend.go(link);
    await isRefused(phone, 'used', words);
    await friend.go('/fan');
    await passed(phone, 'received', 'used', filled(words.pass.received.used, { name: name.leo })).waitFor();
  });
});

describe.concurrent('an offer, in Chinese,', () => {
  const language = 'zh';
  const [fan, other] = ['mia', 'zoe'] as const;
  const words = wordsOf[language];

  it('can be taken back while nobody has accepted; the link is then good for nothing', async (test) => {
    const { expect } = test;
    const { code } = await claimCode(system, `m_${fan}`, demo);
    const giver = await visitor(test, { language, remembers: as(`m_${fan}`) });
    await giver.go('/fan');
    const link = await passOn(giver.page, code, words);

    // Somebody who opens the own link is told whose it is; a friend reads it meanwhile.
    const own = await visitor(test, { language, remembers: as(`m_${fan}`) });
    await own.go(link);
    await isRefused(own.page, 'transfer_own', words);
    // Who stays asks again, and an older link is none by then.
    await own.go('/');
    const friend = await visitor(test, { language });
    await friend.go(link);
    const choice = friend.page.getByTestId('persona-m_fay');
    expect(await faultsOf(friend, choice, language, 'accept-nobody')).toEqual([]);
    await choice.click();
    await button(friend.page, words.accept.accept).waitFor();
    // This one's page hears no news: a click is answered all the same.
    const behind = await visitor(test, { language, remembers: as(`m_${other}`) });
    let first: string | undefined;
    await behind.context.route('**/v1/transfers/look', async (route) => {
      first ??= await (await route.fetch()).text();
      await route.fulfill({ contentType: 'application/json', body: first });
    });
    await behind.go(link);
    await button(behind.page, words.accept.accept).waitFor();

    const waiting = rowOf(giver.page, code, 'offered');
    await button(waiting, filled(words.pass.withdrawCode, { code })).click();
    const back = rowOf(giver.page, code, 'unused');
    await back.waitFor();
    await passed(giver.page, 'given', 'withdrawn', code).getByText(words.pass.given.withdrawn).waitFor();
    const again = button(back, filled(words.pass.codeOn, { code }));
    await expect.poll(() => again.evaluate((element) => element === document.activeElement)).toBe(true);

    // The friend is told without a click.
    await isRefused(friend.page, 'withdrawn', words);
    const toFan = friend.page.getByRole('link', { name: words.home.toFan, exact: true });
    expect(await faultsOf(friend, toFan, language, 'accept-withdrawn')).toEqual([]);
    behind.watch.expect('409 /v1/transfers/accept');
    await button(behind.page, words.accept.accept).click();
    await isRefused(behind.page, 'transfer_over', words);

    // With a newer link the old one is good for nothing, as one that somebody made up.
    const newer = await passOn(giver.page, code, words);
    expect(newer).not.toBe(link);
    friend.watch.expect('404 /v1/transfers/look');
    for (const bad of [link, `${newer}-`]) {
      await friend.go('/');
      await friend.go(bad);
      await isRefused(friend.page, 'transfer_not_found', words);
    }
  });
});

describe('where nobody can be played', () => {
  let plain: Embedded;
  beforeAll(async () => {
    plain = await startSystem({ hasDemo: false });
  });
  afterAll(() => plain.stop());
  const stranger = openVisits(() => plain);

  it('a link says what it offers, and that members sign in at the shop', async (test) => {
    const words = wordsOf.en;
    const { code } = await claimCode(plain, 'm_kim', await openShortDrop(plain));
    const token = await offerOf(plain, 'm_kim', code);
    const { page, go, watch } = await stranger(test);
    watch.expect('404 /demo/personas');
    await go(`/accept#${token}`);
    await page
      .getByTestId('offer')
      .getByText(shortDrop.skus[0] as string)
      .waitFor();
    await page.getByText(words.personas.noneText).waitFor();
    expect(await page.getByRole('main').innerText()).not.toContain('m_kim');
    // Its window is short, and its end is told too.
    await page.getByTestId('refused').waitFor({ timeout: 20_000 });
    await isRefused(page, 'transfer_over', words);
  });
});
