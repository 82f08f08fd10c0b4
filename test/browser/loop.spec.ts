import type { Embedded } from '@fcode/embedded';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { callsOf } from './support/calls.ts';
import { demoCampaign, startSystem } from './support/system.ts';
import { openVisits } from './support/visits.ts';
import { filled, wordsOf } from './support/words.ts';

const whole = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/;

const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const secondsOf = async (countdown: Locator): Promise<number> => {
  const [minutes, seconds] = (await countdown.innerText()).split(':').map(Number);
  return (minutes as number) * 60 + (seconds as number);
};
/** The fan reads Chinese on a phone, the friend English on a wide screen. */
describe('the loop by hand', () => {
  let system: Embedded;
  let campaignId: string;
  beforeAll(async () => {
    system = await startSystem({ hasDemo: true });
    campaignId = await demoCampaign(system);
  });
  afterAll(() => system.stop());
  const visitor = openVisits(() => system);
  const words = wordsOf.zh;
  /** What the friend reads. The fan has signed in Chinese. */
  const read = wordsOf.en;
  const kai = '小凯';

  it('leads a fan from the claim over a friend who buys to the reward, the next tier and the next claim', async (test) => {
    const { expect } = test;
    // Kai is a fan: the page says so, why, and that one code is there for the taking.
    const fan = await visitor(test, { language: 'zh', width: 390 });
    const { page: home } = fan;
    await fan.go('/');
    await home.getByTestId('persona-m_kai').click();
    await home.getByRole('heading', { level: 1, name: filled(words.fan.title, { name: kai }) }).waitFor();
    const standing = home.getByTestId('standing');
    expect(await standing.innerText()).toContain(words.tier.fan);
    expect(await standing.innerText()).toContain(filled(words.reason.tier_open, { tier: words.tier.fan }));
    await standing.getByText(filled(words.fan.next, { tier: words.tier.loyal }), { exact: true }).waitFor();

    const campaign = home.getByTestId(`campaign-${campaignId}`);
    const left = (count: string, allotted: string) =>
      campaign.getByText(filled(words.fan.left_other, { count, allotted }), { exact: true });
    const claim = button(campaign, words.fan.claim);
    await left('1', '1').waitFor();
    await claim.click();
    await campaign.getByTestId('claimed').waitFor();
    await left('0', '1').waitFor();
    expect(await claim.isDisabled()).toBe(true);
    await expect.poll(() => claim.getAttribute('aria-describedby')).not.toBeNull();
    expect(await campaign.getByTestId('why-not').innerText()).toBe(words.problem.allotment_used);

    // Kai gives the code to a friend by a chat app: the link has the code behind its #, and stands there as a QR code.
    const row = home.getByTestId('code-row');
    expect(await row.getAttribute('data-status')).toBe('unused');
    const code = await row.getByTestId('code').innerText();
    expect(code).toMatch(whole);
    await button(row, filled(words.fan.giveCode, { code })).click();
    const dialog = home.getByRole('dialog');
    await dialog.getByLabel(words.channel.messenger, { exact: true }).check();
    const link = await dialog.getByLabel(words.give.link, { exact: true }).inputValue();
    expect(link).toMatch(new RegExp(`^${system.url}/i/[^/?#]+#${code}$`));
    expect(await dialog.getByRole('img', { name: words.give.qrTitle }).isVisible()).toBe(true);
    await button(dialog, words.give.close).click();
    await dialog.waitFor({ state: 'hidden' });
    await row.getByText(filled(words.fan.given, { channels: words.channel.messenger })).waitFor();

    // The friend opens it on a device of their own: who invites, and the code. Nobody on the way has seen the code.
    const friend = await visitor(test);
    const { page: phone } = friend;
    const asked: string[] = [];
    friend.context.on('request', (request) => asked.push(request.url()));
    await friend.go(link);
    await phone.getByRole('heading', { level: 1, name: filled(read.friend.title, { name: kai }) }).waitFor();
    expect(await phone.getByTestId('code').innerText()).toBe(code);
    await phone.getByRole('link', { name: read.friend.use, exact: true }).click();

    // In the shop the form is filled, and the code has left the address.
    const field = phone.getByLabel(read.code.label, { exact: true });
    await field.waitFor();
    await expect.poll(() => field.inputValue()).toBe(code);
    await expect.poll(() => phone.url()).not.toContain(code);
    expect(asked.filter((url) => url.includes(code) && !url.startsWith(`${link.split('#')[0]}#`))).toEqual([]);
    expect(await phone.getByTestId('invited-by').innerText()).toBe(filled(read.shop.invitedBy, { name: kai }));
    await phone.getByLabel(read.shop.email, { exact: true }).fill('friend@example.com');
    const check = phone.getByTestId('check');
    await check.getByText(read.shop.codeGood).waitFor();

    // The friend holds it; the payment fails, and the code is free; held once more, it is paid.
    const hold = button(phone, read.shop.hold);
    await hold.click();
    const countdown = phone.getByTestId('countdown');
    const first = await secondsOf(countdown);
    expect(first).toBeGreaterThan(890);
    await expect.poll(() => secondsOf(countdown), { timeout: 5000 }).toBeLessThan(first);
    await button(phone, read.shop.decline).click();
    await phone.getByText(read.shop.declined).waitFor();
    await check.getByText(read.shop.codeGood).waitFor();
    await hold.click();
    await button(phone, read.shop.pay).click();
    await phone.getByTestId('paid').waitFor();

    // The panel has shown each call with its status, and nothing by which one could call.
    const verbs = (await callsOf(phone)).filter((call) => /hold|release|confirm/.test(call));
    expect(verbs).toEqual([
      'POST /v1/checkout/hold 200',
      'POST /v1/checkout/release 200',
      'POST /v1/checkout/hold 200',
      'POST /v1/checkout/confirm 200',
    ]);
    expect(await callsOf(phone)).toContain('POST /v1/checkout/check 200');
    for (const line of await phone.getByTestId('calls').locator('summary').all()) await line.click();
    const panel = await phone.getByTestId('calls').innerText();
    expect(panel).toContain(`"code": "${code}"`);
    expect(panel).not.toMatch(/bearer|authorization|eyJ/i);

    // Kai's page comes to know by itself: bought, thanked, a tier up, and another code to claim.
    await home.getByTestId('code-row').and(home.locator('[data-status="redeemed"]')).waitFor();
    await row.getByText(words.fan.status.redeemed, { exact: true }).waitFor();
    await home.getByTestId('referral').and(home.locator('[data-status="vested"]')).waitFor();
    expect(await home.getByTestId('referral').innerText()).toContain(filled(words.fan.plusPoints, { points: '20' }));
    await row
      .getByTestId('code-reward')
      .getByText(filled(words.fan.rewardFor, { points: '20', status: words.fan.reward.vested }))
      .waitFor();
    await standing.getByText(words.tier.loyal, { exact: true }).waitFor();
    const shares = home.getByTestId('shares-messenger');
    await expect.poll(() => shares.locator('td').allInnerTexts(), { timeout: 10_000 }).toEqual(['1', '1', '1', '20']);

    await left('1', '2').waitFor();
    await claim.click();
    await left('0', '2').waitFor();
    await expect.poll(() => home.getByTestId('code-row').count()).toBe(2);
  });
});
