import type { Embedded } from '@fcode/embedded';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf } from './support/faults.ts';
import {
  type ClaimedCode,
  checkout,
  claimCode,
  demoCampaign,
  makeLink,
  newCodes,
  pause,
  startSystem,
} from './support/system.ts';
import { openVisits, type Visit } from './support/visits.ts';
import { filled, type Language, wordsOf } from './support/words.ts';

let system: Embedded;
let codes: string[];
let given: ClaimedCode;
let links: { withCode: string; without: string };

/** Leo has given one code away, one is in somebody's basket, and one was bought with. */
beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
  const campaignId = await demoCampaign(system);
  codes = await newCodes(system, campaignId, 20);
  given = await claimCode(system, 'm_leo', campaignId);
  const held = await claimCode(system, 'm_leo', campaignId);
  const bought = await claimCode(system, 'm_leo', campaignId);
  const signed = { campaignId, signedAs: 'Leo' };
  const { batch, index } = given;
  links = {
    withCode: await makeLink(system, 'm_leo', { ...signed, channel: 'messenger', code: { batch, index } }),
    without: await makeLink(system, 'm_leo', { ...signed, channel: 'forum' }),
  };
  const order = { sku: 'PHONE-1', buyer: { email: 'friend@example.com' } };
  await checkout(system, 'hold', { ...order, code: held.code, orderId: 'held' });
  await checkout(system, 'redeem', { ...order, code: bought.code, orderId: 'bought', invite: links.withCode });
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

interface State {
  name: string;
  /** Who the visitor is. */
  persona?: string;
  remembers?: () => Record<string, string>;
  refusal?: () => string;
  /** Goes there; answers with what somebody would do next. */
  open: (visit: Visit, words: (typeof wordsOf)[Language]) => Promise<Locator>;
}

const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const link = (within: Page | Locator, name: string): Locator => within.getByRole('link', { name, exact: true });

/** The dialog in which a link is made, for the first code or without one. */
const openDialog = async (
  { page }: Visit,
  words: (typeof wordsOf)[Language],
  isWithCode: boolean,
): Promise<Locator> => {
  if (isWithCode) await button(page, filled(words.fan.giveCode, { code: given.code })).click();
  else await button(page, words.fan.inviteWithout).click();
  return page.getByRole('dialog');
};

const fillOrder = async ({ page, go }: Visit, words: (typeof wordsOf)[Language], code: string, email: string) => {
  await go('/shop');
  await page.getByLabel(words.shop.email, { exact: true }).fill(email);
  await page.getByLabel(words.code.label, { exact: true }).fill(code);
};
const nextCode = () => codes.pop() as string;

/** An order of another time, as the tab keeps it. */
const keptOrder = (stage: 'held' | 'lost') => (): Record<string, string> => ({
  'fcode.order': JSON.stringify({
    stage,
    orderId: 'W-1A2B3C4D',
    code: codes[0],
    holdId: 'hold_zz9_0_1',
    heldAt: '2026-11-01T12:00:00.000Z',
    holdUntil: '2026-11-01T12:15:00.000Z',
  }),
});

const states: State[] = [
  {
    name: 'home',
    open: async ({ page, go }, words) => {
      await go('/');
      await page.getByTestId('persona-m_mia').waitFor();
      return link(page, words.home.toFan);
    },
  },
  {
    name: 'home-as-leo',
    persona: 'm_leo',
    open: async ({ page, go }, words) => {
      await go('/');
      await page.getByText(words.home.current).waitFor();
      return page.getByTestId('persona-m_kai');
    },
  },
  {
    name: 'fan-nobody',
    open: async ({ page, go }) => {
      await go('/fan');
      return page.getByTestId('persona-m_leo');
    },
  },
  {
    name: 'fan-without-codes',
    persona: 'm_fay',
    open: async ({ page, go }, words) => {
      await go('/fan');
      await page.getByTestId('next-tier').waitFor();
      await page.getByText(words.fan.noCodes).waitFor();
      await page.getByText(words.fan.noReferrals).waitFor();
      return button(page, words.fan.claim);
    },
  },
  {
    name: 'fan-angel',
    persona: 'm_mia',
    open: async ({ page, go }, words) => {
      await go('/fan');
      await page.getByText(words.fan.noNext.angel).waitFor();
      return button(page, words.fan.claim);
    },
  },
  {
    name: 'fan-with-codes',
    persona: 'm_leo',
    open: async ({ page, go }, words) => {
      await go('/fan');
      await page.getByTestId('code-reward').waitFor();
      await page.getByTestId('shares').waitFor();
      return button(page, filled(words.fan.giveCode, { code: given.code }));
    },
  },
  {
    name: 'give',
    persona: 'm_leo',
    open: async (visit, words) => {
      await visit.go('/fan');
      const dialog = await openDialog(visit, words, true);
      return dialog.getByLabel(words.channel.messenger, { exact: true });
    },
  },
  {
    name: 'give-with-qr',
    persona: 'm_leo',
    open: async (visit, words) => {
      await visit.go('/fan');
      const dialog = await openDialog(visit, words, true);
      await dialog.getByLabel(words.channel.direct, { exact: true }).check();
      await dialog.getByRole('img', { name: words.give.qrTitle }).waitFor();
      return button(dialog, words.give.copy);
    },
  },
  {
    name: 'invite-with-qr',
    persona: 'm_leo',
    open: async (visit, words) => {
      await visit.go('/fan');
      const dialog = await openDialog(visit, words, false);
      await dialog.getByLabel(words.channel.qr, { exact: true }).check();
      await dialog.getByRole('img', { name: words.give.qrTitle }).waitFor();
      return button(dialog, words.give.copy);
    },
  },
  {
    name: 'friend',
    open: async ({ page, go }, words) => {
      await go(`/i/${links.withCode}#${given.code}`);
      return link(page, words.friend.use);
    },
  },
  {
    name: 'friend-without-code',
    open: async ({ page, go }, words) => {
      await go(`/i/${links.without}`);
      await page.getByText(words.friend.noCode).waitFor();
      return link(page, words.friend.toShop);
    },
  },
  {
    name: 'friend-code-lost',
    open: async ({ page, go }, words) => {
      await go(`/friend?invite=${links.withCode}`);
      await page.getByText(words.friend.codeLost).waitFor();
      return link(page, words.friend.toShop);
    },
  },
  {
    name: 'friend-unknown',
    refusal: () => '404 /v1/invites/AAAAAAAAAAAA',
    open: async ({ page, go }, words) => {
      await go('/i/AAAAAAAAAAAA');
      await page.getByTestId('no-invite').waitFor();
      return link(page, words.friend.toShop);
    },
  },
  {
    name: 'friend-cut-off',
    refusal: () => '422 /v1/invites/cut-off',
    open: async ({ page, go }, words) => {
      await go(`/friend?invite=cut-off#${given.code}`);
      await page.getByTestId('no-invite').waitFor();
      return link(page, words.friend.use);
    },
  },
  {
    name: 'friend-missing',
    open: async ({ page, go }, words) => {
      await go('/friend');
      await page.getByTestId('no-invite').waitFor();
      return link(page, words.friend.toShop);
    },
  },
  {
    name: 'shop-empty',
    open: async ({ page, go }, words) => {
      await go('/shop');
      return button(page, words.shop.hold);
    },
  },
  {
    name: 'shop-incomplete',
    open: async ({ page, go }, words) => {
      await go('/shop');
      await button(page, words.shop.hold).click();
      await page.getByText(words.shop.codeNeeded).waitFor();
      return page.getByLabel(words.shop.email, { exact: true });
    },
  },
  {
    name: 'shop-good',
    open: async (visit, words) => {
      await fillOrder(visit, words, nextCode(), 'good@example.com');
      await visit.page.getByText(words.shop.codeGood).waitFor();
      return button(visit.page, words.shop.hold);
    },
  },
  {
    name: 'shop-typo',
    persona: 'm_kai',
    open: async (visit, words) => {
      await fillOrder(visit, words, 'ABCD-EFGH-JKMN-PQRS', 'typo@example.com');
      await visit.page.getByText(words.problem.code_not_valid).waitFor();
      return button(visit.page, words.shop.hold);
    },
  },
  {
    name: 'shop-held',
    open: async (visit, words) => {
      const code = nextCode();
      await fillOrder(visit, words, code, `${code}@example.com`);
      await visit.page.getByText(words.shop.codeGood).waitFor();
      await button(visit.page, words.shop.hold).click();
      await visit.page.getByTestId('held').waitFor();
      return button(visit.page, words.shop.pay);
    },
  },
  {
    name: 'shop-left',
    open: async (visit, words) => {
      const code = nextCode();
      await fillOrder(visit, words, code, `${code}@example.com`);
      await button(visit.page, words.shop.hold).click();
      await button(visit.page, words.shop.leave).click();
      return button(visit.page, words.shop.comeBack);
    },
  },
  {
    name: 'shop-expired',
    remembers: keptOrder('held'),
    open: async ({ page, go }, words) => {
      await go('/shop');
      return button(page, words.shop.payLate);
    },
  },
  {
    name: 'shop-gone',
    remembers: keptOrder('held'),
    refusal: () => '404 /v1/checkout/confirm',
    open: async ({ page, go }, words) => {
      await go('/shop');
      await button(page, words.shop.payLate).click();
      await page.getByTestId('gone').getByText(words.problem.hold_not_found).waitFor();
      return button(page, words.shop.startAgain);
    },
  },
  {
    name: 'shop-lost',
    remembers: keptOrder('lost'),
    open: async ({ page, go }, words) => {
      await go('/shop');
      return button(page, words.shop.newOrder);
    },
  },
  {
    name: 'shop-paid',
    open: async (visit, words) => {
      const code = nextCode();
      await fillOrder(visit, words, code, `${code}@example.com`);
      await button(visit.page, words.shop.hold).click();
      await button(visit.page, words.shop.pay).click();
      await visit.page.getByTestId('paid').waitFor();
      await visit.page.getByTestId('calls').locator('summary').last().click();
      return link(visit.page, words.shop.seeFan);
    },
  },
  {
    name: 'not-found',
    refusal: () => '404 /nowhere',
    open: async ({ page, go }, words) => {
      await go('/nowhere');
      return page.getByRole('main').getByRole('link', { name: words.layout.home, exact: true });
    },
  },
];

// One after the other, so that each finds the pages compiled: beside each other they would be compiled for each.
describe('in both languages, anybody can read and use', () => {
  it.for(states)('$name', async ({ name, persona, remembers, refusal, open }, test) => {
    const visit = await visitor(test, {
      remembers: { ...(persona !== undefined && { 'fcode.persona': persona }), ...remembers?.() },
    });
    if (refusal) visit.watch.expect(refusal());
    const next = await open(visit, wordsOf.en);
    expect(await faultsOf(visit, next, 'en', name)).toEqual([]);
  });
});

describe('while the campaign is paused', () => {
  beforeAll(async () => pause(system, await demoCampaign(system)));

  it('anybody can read and use it', async (test) => {
    const words = wordsOf.zh;
    const visit = await visitor(test, { language: 'zh', remembers: { 'fcode.persona': 'm_kai' } });
    await visit.go('/fan');
    await visit.page.getByText(words.problem.campaign_paused).waitFor();
    expect(await faultsOf(visit, visit.page.getByTestId('member'), 'zh', 'fan-paused')).toEqual([]);
    await visit.go('/shop');
    await visit.page.getByText(words.shop.noDropTitle).waitFor();
    expect(await faultsOf(visit, visit.page.getByTestId('member'), 'zh', 'shop-nothing-on-sale')).toEqual([]);
  });
});

describe('without the demo', () => {
  let empty: Embedded;
  beforeAll(async () => {
    empty = await startSystem({ hasDemo: false });
  });
  afterAll(() => empty.stop());
  const stranger = openVisits(() => empty);

  it('anybody can read it', async (test) => {
    const words = wordsOf.zh;
    const visit = await stranger(test, { language: 'zh' });
    visit.watch.expect('404 /demo/personas');
    for (const page of ['', 'fan', 'shop']) {
      await visit.go(`/${page}`);
      await visit.page.getByText(words.personas.noneText).waitFor();
      expect(await faultsOf(visit, link(visit.page, words.layout.shop), 'zh', `nobody-${page || 'home'}`)).toEqual([]);
    }
  });
});
