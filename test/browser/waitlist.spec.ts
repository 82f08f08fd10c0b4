import type { Embedded } from '@fcode/embedded';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Answer, callingWith, key } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { faultsOf } from './support/faults.ts';
import { claimCode, startSystem } from './support/system.ts';
import { openVisits } from './support/visits.ts';
import { filled, wordsOf } from './support/words.ts';

let system: Embedded;
beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

const olga = { 'fcode.ops': 'ops_olga' };
const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const field = (within: Page | Locator, name: string): Locator => within.getByLabel(name, { exact: false }).first();
const withStatus = (page: Page, within: Locator, status: string): Locator =>
  within.getByTestId('waitlist').and(page.locator(`[data-status="${status}"]`));

const done = (answer: Answer): Answer => {
  if (answer.status >= 300) throw new Error(answer.text);
  return answer;
};
const opsCalling = async () => callingWith(await system.token({ subject: 'ops_1', roles: ['ops'] }));
const waitlistOf = (campaignId: string): string => `/v1/campaigns/${campaignId}/waitlist`;
const post = async (role: 'ops' | 'member', subject: string, path: string, body: object): Promise<Answer> => {
  const call = callingWith(await system.token({ subject, roles: [role] }));
  return done(await call(system.url, 'POST', path, body, key()));
};

/** A sentence up to the first time that it names. */
const untilTime = (text: string, values: Record<string, string> = {}): string => {
  const [before = ''] = text.split('{{date}}');
  return filled(before, values).trim();
};

describe('a waitlist, in Chinese on a phone', () => {
  const language = 'zh';
  const width = 390;
  const fan = 'm_kai';
  const words = wordsOf[language];
  const { campaigns } = words.console;
  const { form } = campaigns;
  // The pages of both languages show it, so that it is nobody's language.
  const drop = 'LAMP-1';

  it('is opened by ops; a friend joins, is offered a place that ops give, takes it, and has the code', async (test) => {
    const { expect } = test;
    const ops = await visitor(test, { language, width, remembers: olga });
    const { page } = ops;
    const looks = async (visit: typeof ops, next: Locator, picture: string) =>
      expect(await faultsOf(visit, next, language, picture)).toEqual([]);

    // Nobody but angels may claim, and whoever else would like a code may wait.
    await ops.go('/ops/campaigns/new');
    await field(page, form.name).fill(drop);
    await field(page, filled(form.sku, { place: '1' })).fill('LAMP-1');
    const wall = (at: number) => new Date(at).toISOString().slice(0, 16);
    await field(page, form.starts).fill(wall(Date.now() - 1_800_000));
    await field(page, form.ends).fill(wall(Date.now() + 5 * 86_400_000));
    await field(page, form.quota).fill('20');
    for (const tier of ['core', 'loyal', 'fan'] as const) {
      await page.getByLabel(words.tier[tier], { exact: true }).fill('');
    }
    await page.getByTestId('more').click();
    await page.getByLabel(form.hasWaitlist, { exact: true }).check();
    const kept = field(page, form.offer);
    await kept.fill('8');
    await page.getByLabel(form.offerUnit, { exact: true }).selectOption('days');
    await page.getByText(campaigns.mistake.offerTooLong, { exact: true }).waitFor();
    await kept.fill('');
    await button(page, form.save).click();
    await page.getByText(campaigns.mistake.offerNeeded, { exact: true }).waitFor();
    await kept.fill('2');
    // Until then the preview is that of what was there before, and pale.
    const nothing = page.getByTestId('preview-fan').getByRole('cell', { name: '0', exact: true });
    await page.locator('[data-testid="preview"][aria-busy="false"]').filter({ has: nothing }).waitFor();
    await looks(ops, kept, 'ops-waitlist-form');
    await button(page, form.save).click();
    await page.getByText(filled(campaigns.terms.offer, { time: '2 天' }), { exact: true }).waitFor();
    await button(page, campaigns.next.publish).click();
    await button(page.getByRole('dialog'), campaigns.ask.publish.confirm).click();
    await page.locator('[data-testid="campaign-page"][data-phase="open"]').waitFor();
    const campaignId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page.getByText(campaigns.waitlist.none, { exact: true }).waitFor();

    // The friend is told what it means, and waits.
    const friend = await visitor(test, { language, width, remembers: { 'fcode.persona': fan } });
    await friend.go('/fan');
    const card = friend.page.getByTestId(`campaign-${campaignId}`);
    await card.getByText(words.problem.nothing_allotted, { exact: true }).waitFor();
    const join = button(card, words.waitlist.join);
    await looks(friend, join, 'waitlist-join');
    await join.click();
    const waits = withStatus(friend.page, card, 'waiting');
    await waits.getByText(words.waitlist.next, { exact: true }).waitFor();
    const isFocused = (element: Element) => element === document.activeElement;
    await expect.poll(() => waits.evaluate(isFocused)).toBe(true);
    await looks(friend, button(waits, words.waitlist.leave), 'waitlist-waiting');

    // Somebody waits behind; ops see who is next, and give a place.
    await post('member', 'm_fay', waitlistOf(campaignId), {});
    await expect.poll(() => page.getByTestId('figure-waiting').innerText()).toBe('2');
    const line = page.getByTestId('line').getByRole('listitem');
    await expect.poll(() => line.allInnerTexts()).toHaveLength(2);
    expect((await line.nth(0).innerText()).startsWith('小凯')).toBe(true);
    expect((await line.nth(1).innerText()).startsWith('小菲（m_fay）')).toBe(true);
    const give = button(page, campaigns.waitlist.give);
    await give.click();
    const dialog = page.getByRole('dialog');
    await button(dialog, campaigns.waitlist.confirm).click();
    await dialog.getByText(campaigns.waitlist.placesNeeded, { exact: true }).waitFor();
    await dialog.getByText(words.console.grants.fault.reason, { exact: true }).waitFor();
    const places = field(dialog, campaigns.waitlist.places);
    await places.fill('21');
    await field(dialog, words.console.reason).fill('Kept back for nobody');
    ops.watch.expect(`409 ${waitlistOf(campaignId)}/places`);
    await button(dialog, campaigns.waitlist.confirm).click();
    await dialog.getByText(filled(campaigns.waitlist.tooMany_other, { number: '20' }), { exact: true }).waitFor();
    await looks(ops, places, 'ops-waitlist-too-many');
    await places.fill('1');
    await button(dialog, campaigns.waitlist.confirm).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByTestId('given').waitFor();
    await expect.poll(() => page.getByTestId('figure-offered').innerText()).toBe('1');
    await expect.poll(() => page.getByTestId('figure-waiting').innerText()).toBe('1');
    expect(await give.evaluate(isFocused)).toBe(true);
    await looks(ops, give, 'ops-waitlist');

    // It is the friend's, for as long as was said; then it is a code like any other, and it says where it comes from.
    const offered = withStatus(friend.page, card, 'offered');
    await offered.getByText(words.waitlist.offered, { exact: true }).waitFor();
    await offered.getByTestId('place-left').waitFor();
    const take = button(offered, words.waitlist.take);
    await looks(friend, take, 'waitlist-offered');
    await take.click();
    const taken = withStatus(friend.page, card, 'taken').getByTestId('taken');
    await taken.waitFor();
    const row = friend.page.getByTestId('code-row').filter({ hasText: drop });
    const code = await row.getByTestId('code').innerText();
    expect(await taken.innerText()).toBe(filled(words.fan.claimed, { code }));
    await row.getByText(untilTime(words.reason.waited)).waitFor();
    await looks(friend, button(row, filled(words.fan.giveCode, { code })), 'waitlist-taken');

    // What happened is told to whoever looks it up, and what ops did stands in the log.
    await ops.go('/ops/look-up');
    await field(page, words.console.lookUp.what).fill(fan);
    await button(page, words.console.lookUp.look).click();
    const timeline = page.getByTestId('timeline');
    const { entry } = words.console.lookUp;
    const entryOf = (type: string) => timeline.locator(`[data-type="${type}"]`).first();
    await entryOf('code.claimed')
      .getByText(untilTime(entry.claimedInTurn, { member: '小凯' }))
      .waitFor();
    await entryOf('waitlist.joined')
      .getByText(filled(entry.waits, { member: '小凯' }), { exact: true })
      .waitFor();
    await entryOf('waitlist.offered')
      .getByText(untilTime(entry.placeOffered, { member: '小凯' }))
      .waitFor();
    await looks(ops, button(page, words.console.lookUp.look), 'ops-waitlist-look-up');
    await ops.go(`/ops/audit?campaignId=${campaignId}`);
    const supplied = page.getByTestId('audit').and(page.locator('[data-action="waitlist.supplied"]'));
    await supplied.getByText(words.console.audit.did.waitlist_supplied).waitFor();
    await supplied.getByText('Kept back for nobody', { exact: true }).waitFor();
    await supplied
      .getByText(filled(words.console.audit.is, { what: words.console.audit.told.places, after: '1' }), { exact: true })
      .waitFor();
  });

  it('may be joined before a campaign opens; a place is kept while it is paused, and may be declined', async (test) => {
    const { expect } = test;
    const caller = await opsCalling();
    const publish = (terms: object) =>
      publishDrop(caller, system.url, { quota: 1, waitlist: { offerSeconds: 5400 }, ...terms });
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    const early = await publish({ name: 'LAMP-3', startsAt: inDays(1), endsAt: inDays(2) });
    const open = await publish({ name: 'LAMP-4', allotment: {} });
    for (let nth = 1; nth <= 11; nth += 1) await post('member', `m_${nth}`, waitlistOf(early), {});
    await post('member', fan, waitlistOf(open), {});
    await post('ops', 'ops_1', `${waitlistOf(open)}/places`, { places: 1, reason: 'test' });

    const visit = await visitor(test, { language, width, remembers: { 'fcode.persona': fan } });
    const { page } = visit;
    await visit.go('/fan');
    const soon = page.getByTestId(`campaign-${early}`);
    await soon.getByText(words.problem.campaign_not_open, { exact: true }).waitFor();
    await button(soon, words.waitlist.join).click();
    const ahead = withStatus(page, soon, 'waiting').getByTestId('ahead');
    await expect.poll(() => ahead.innerText()).toBe(filled(words.waitlist.ahead_other, { number: '11' }));

    // Ops see all of them, a page at a time, and that nothing is offered before the start.
    const ops = await visitor(test, { language, width, remembers: olga });
    await ops.go(`/ops/campaigns/${early}`);
    const line = ops.page.getByTestId('line').getByRole('listitem');
    await expect.poll(() => line.count()).toBe(10);
    await button(ops.page, words.console.more).click();
    await expect.poll(() => line.count()).toBe(12);
    expect(await line.last().innerText()).toContain(fan);
    await button(ops.page, campaigns.waitlist.give).click();
    await ops.page.getByText(campaigns.waitlist.ask.early, { exact: true }).waitFor();

    const card = page.getByTestId(`campaign-${open}`);
    const offered = withStatus(page, card, 'offered');
    const take = button(offered, words.waitlist.take);
    await offered.getByTestId('place-left').waitFor();
    await post('ops', 'ops_1', `/v1/campaigns/${open}/pause`, { reason: 'test' });
    await offered.getByText(words.waitlist.paused, { exact: true }).waitFor();
    expect(await take.isEnabled()).toBe(false);
    await post('ops', 'ops_1', `/v1/campaigns/${open}/resume`, { reason: 'test' });
    await offered.getByTestId('place-left').waitFor();
    await button(offered, words.waitlist.decline).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(words.waitlist.ask.decline.text, { exact: true }).waitFor();
    await button(dialog, words.waitlist.ask.decline.confirm).click();
    await button(withStatus(page, card, 'left'), words.waitlist.join).waitFor();
  });
});

describe('a waitlist, in English on a wide screen', () => {
  const fan = 'm_fay';
  const words = wordsOf.en;

  it('goes on when a place is not taken in time: it is said kindly, and one may wait again, or leave', async (test) => {
    const { expect } = test;
    const named = { name: 'LAMP-2', skus: ['LAMP-2'] };
    const terms = { quota: 1, allotment: { fan: 1 }, waitlist: { offerSeconds: 5 } };
    const campaignId = await publishDrop(await opsCalling(), system.url, { ...named, ...terms });
    const first = await claimCode(system, 'm_first', campaignId);
    const visit = await visitor(test, { remembers: { 'fcode.persona': fan } });
    const { page } = visit;
    await visit.go('/fan');
    const card = page.getByTestId(`campaign-${campaignId}`);

    // That all are handed out is known once one asks for a code.
    visit.watch.expect(`409 /v1/campaigns/${campaignId}/claims`);
    await button(card, words.fan.claim).click();
    await card.getByText(words.problem.sold_out, { exact: true }).waitFor();
    await button(card, words.waitlist.join).click();
    const waits = withStatus(page, card, 'waiting');
    await waits.getByText(words.waitlist.next, { exact: true }).waitFor();
    await card.getByText(words.problem.sold_out, { exact: true }).waitFor({ state: 'detached' });
    const mine = `**${waitlistOf(campaignId)}`;
    await visit.context.route(mine, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ahead: 1000 } });
    });
    await waits.getByText(filled(words.waitlist.aheadAtLeast, { number: '1,000' }), { exact: true }).waitFor();
    await visit.context.unroute(mine);

    // The one code is revoked: its place is the friend's, who does not take it.
    await post('ops', 'ops_1', '/v1/checkout/codes/revoke', { code: first.code, reason: 'test' });
    await withStatus(page, card, 'offered').waitFor();
    const lapsed = withStatus(page, card, 'lapsed');
    await lapsed.getByText(words.waitlist.lapsed, { exact: true }).waitFor();
    const again = button(lapsed, words.waitlist.joinAgain);
    expect(await faultsOf(visit, again, 'en', 'waitlist-lapsed')).toEqual([]);
    await again.click();

    const leave = button(waits, words.waitlist.leave);
    await leave.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(words.waitlist.ask.leave.text, { exact: true }).waitFor();
    await button(dialog, words.waitlist.ask.stay).click();
    await dialog.waitFor({ state: 'hidden' });
    await leave.click();
    const confirm = button(dialog, words.waitlist.ask.leave.confirm);
    expect(await faultsOf(visit, confirm, 'en', 'waitlist-leave')).toEqual([]);
    await confirm.click();
    const ops = await visitor(test, { remembers: olga });
    await ops.go(`/ops/campaigns/${campaignId}`);
    await expect.poll(() => ops.page.getByTestId('places-back').innerText()).toContain('1');
    // A code can be claimed again, and there is nothing to wait for.
    await waits.waitFor({ state: 'detached' });
    expect(await button(card, words.waitlist.join).count()).toBe(0);
    await button(card, words.fan.claim).click();
    await card.getByTestId('claimed').waitFor();
  });
});
