import type { Embedded } from '@fcode/embedded';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callingWith, key } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { faultsOf } from './support/faults.ts';
import { startSystem } from './support/system.ts';
import { openVisits, type Visit } from './support/visits.ts';
import { filled, type Language, wordsOf } from './support/words.ts';

let system: Embedded;
beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

const olga = { 'fcode.ops': 'ops_olga' };
/** What the system is told late is waited for, in ms. */
const late = { timeout: 15_000 };
const refusedPreview = '422 /v1/campaigns/preview';

const button = (within: Page | Locator, name: string): Locator => within.getByRole('button', { name, exact: true });
const link = (within: Page | Locator, name: string): Locator => within.getByRole('link', { name, exact: true });
const field = (within: Page | Locator, name: string): Locator => within.getByLabel(name, { exact: false }).first();

/** Half an hour ago until tomorrow, on the clocks of the browser (UTC). */
const openNow = (): { from: string; to: string } => {
  const wall = (at: number) => new Date(at).toISOString().slice(0, 16);
  return { from: wall(Date.now() - 1_800_000), to: wall(Date.now() + 86_400_000) };
};

const fillBasics = async (page: Page, { name, quota }: { name: string; quota: string }) => {
  const words = wordsOf.en.console.campaigns.form;
  await field(page, words.name).fill(name);
  await field(page, filled(words.sku, { place: '1' })).fill('PHONE-1');
  const { from, to } = openNow();
  await field(page, words.starts).fill(from);
  await field(page, words.ends).fill(to);
  await field(page, words.quota).fill(quota);
};

/** The deed, after its dialog has said what follows. */
const confirm = async (page: Page, label: string, reason?: string) => {
  const dialog = page.getByRole('dialog');
  if (reason !== undefined) await dialog.getByRole('textbox').last().fill(reason);
  await button(dialog, label).click();
  await dialog.waitFor({ state: 'detached' });
};

const phase = (page: Page, is: string): Promise<void> =>
  page.locator(`[data-testid="campaign-page"][data-phase="${is}"]`).waitFor();

describe('an operator', () => {
  const words = wordsOf.en;
  const { campaigns, who } = words.console;

  it('sees who gets what while the rules are written, and what is wrong with a condition', async (test) => {
    const visit = await visitor(test, { remembers: olga });
    const { page } = visit;
    visit.watch.expect(refusedPreview);
    await visit.go('/ops');
    await link(page, campaigns.add).click();
    await page.waitForFunction(() => document.activeElement?.tagName === 'H2');

    const sum = page.getByTestId('preview-sum');
    const core = page.getByTestId('preview-core').getByRole('cell').nth(1);
    await sum.waitFor();
    const before = await core.innerText();
    await page.getByLabel(filled(campaigns.form.codesOf, { tier: words.tier.core }), { exact: true }).fill('7');
    await expect.poll(() => core.innerText(), late).not.toBe(before);
    const members = Number(await page.getByTestId('preview-core').getByRole('cell').nth(0).innerText());
    expect(await core.innerText()).toBe(String(members * 7));
    await field(page, campaigns.form.quota).fill('3');
    await page.getByTestId('over-quota').waitFor();

    // The same by rules: nobody gets another number than by tier, though the core now has more than the angels above it.
    const shares = () => page.getByRole('table', { name: campaigns.preview.byTier }).innerText();
    const sharesByTier = await shares();
    await page.getByText(campaigns.form.by.rules, { exact: true }).click();
    await page.getByTestId('preview-rule-0').waitFor();
    expect(await page.getByTestId('rule-1').getByText('tier == "core"').count()).toBeGreaterThan(0);
    expect(await shares()).toBe(sharesByTier);
    // Points buy nothing here.
    expect(await page.getByTestId('for-points').count()).toBe(0);
    const rule = page.getByTestId('rule-0');
    await rule.getByLabel(campaigns.form.forWhom, { exact: true }).selectOption('own');
    await rule.getByLabel(who.condition, { exact: true }).fill('tier = "core"');
    const sentence = /Line 1, column 6: A single = compares/;
    await rule.getByText(sentence).waitFor();
    await page.getByTestId('no-preview').waitFor();
    await rule.getByLabel(who.condition, { exact: true }).fill('tier == "core"');
    await rule.getByText(sentence).waitFor({ state: 'detached' });
    await expect.poll(() => page.getByTestId('preview-rule-0').innerText(), late).toContain('m_leo');
    // It has one place, and what is missing of the seven comes from the next rule.
    const places = rule.getByLabel(campaigns.form.places, { exact: true });
    await places.fill('1');
    const part = { member: 'm_leo', tier: words.tier.core, codes: '1', allotted: '7' };
    await page.getByTestId('preview-rule-0').getByText(filled(campaigns.preview.examplePart, part)).waitFor();

    // Everybody first, and as many as anybody: the others never give anything, or once its places are gone.
    const others = { place: '2', before: '1' };
    await rule.getByLabel(campaigns.form.forWhom, { exact: true }).selectOption('everybody');
    await rule.getByLabel(campaigns.form.codes, { exact: true }).fill('9');
    await places.fill('1000');
    await rule.getByText(filled(campaigns.form.placesFor_other, { members: '112' })).waitFor();
    await page.getByTestId('remark').getByText(filled(campaigns.preview.ruleAfter, others)).waitFor();
    await places.fill('');
    await page.getByTestId('warning').getByText(filled(campaigns.preview.ruleNever, others)).waitFor();

    await rule.getByLabel(campaigns.form.forWhom, { exact: true }).selectOption('badge');
    await rule.getByLabel(who.badge, { exact: true }).fill('nobody-has-it');
    await page
      .getByTestId('warning')
      .getByText(filled(campaigns.preview.ruleEmpty, { place: '1' }))
      .waitFor();

    const wall = (at: number) => new Date(at).toISOString().slice(0, 16);
    const starts = field(page, campaigns.form.starts);
    const earliest = wall(Date.now());
    await button(page, campaigns.form.now).click();
    const from = await starts.inputValue();
    expect(from >= earliest && from <= wall(Date.now())).toBe(true);
    await page.getByText(campaigns.form.nowHint, { exact: true }).waitFor();
    await button(page, filled(campaigns.form.lasts, { time: '7 days' })).click();
    expect(await field(page, campaigns.form.ends).inputValue()).toBe(wall(Date.parse(`${from}Z`) + 7 * 86_400_000));

    await button(page, campaigns.form.save).click();
    await page.getByText(campaigns.mistake.nameNeeded).waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
    await fillBasics(page, { name: 'Wrong drop', quota: '3' });
    await page.getByTestId('more').click();
    await field(page, campaigns.form.eligible).fill('tier == "core"');
    visit.watch.expect('422 /v1/campaigns');
    await button(page, campaigns.form.save).click();
    await page.getByText(/There is nothing called tier/).waitFor();
    await field(page, campaigns.form.name).fill('');
    const sku = field(page, filled(campaigns.form.sku, { place: '1' }));
    expect(await faultsOf(visit, sku, 'en', 'ops-campaign-wrong')).toEqual([]);
  });
});

describe('a drop, from the plan to its end', () => {
  const words = wordsOf.en;
  const { campaigns } = words.console;
  const name = 'Lamp drop';

  it('is what the preview said, on the fan’s page too; pausing stops it, resuming lets it go on, killing ends it', async (test) => {
    const visit = await visitor(test, { remembers: olga });
    const { page } = visit;
    await visit.go('/ops/campaigns/new');
    await fillBasics(page, { name, quota: '500' });
    await page.getByText(campaigns.form.by.rules, { exact: true }).click();
    // Angels first, by the numbers by tier that were there.
    const core = page.getByTestId('rule-1');
    await core.getByLabel(campaigns.form.codes, { exact: true }).fill('4');
    await expect.poll(() => page.getByTestId('preview-rule-1').innerText(), late).toContain('m_leo (Core): 4');
    await button(page, campaigns.form.addRule).click();
    const idle = { place: '5', before: '4' };
    await page.getByTestId('warning').getByText(filled(campaigns.preview.ruleNever, idle)).waitFor();
    await button(page, campaigns.form.save).click();

    await phase(page, 'draft');
    await page.getByTestId('preview-sum').waitFor();
    await page.getByTestId('warning').getByText(filled(campaigns.preview.ruleNever, idle)).waitFor();
    await button(page, campaigns.next.publish).click();
    await page
      .getByRole('dialog')
      .getByText(campaigns.ask.publish.preview.split('{{')[0] ?? '')
      .waitFor();
    await page
      .getByRole('dialog')
      .getByText(/^Fans may claim .+ in UTC\.$/)
      .waitFor();
    await confirm(page, campaigns.ask.publish.confirm);
    await phase(page, 'open');
    // What cannot be changed any more is not told how.
    await page.getByTestId('remark').getByText(filled(campaigns.preview.ruleNeverNow, idle)).waitFor();
    expect(await page.getByTestId('warning').count()).toBe(0);
    expect(await page.getByTestId('figure-left').innerText()).toBe('500');
    const campaignId = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    const leo = await visitor(test, { remembers: { 'fcode.persona': 'm_leo' } });
    await leo.go('/fan');
    const card = leo.page.getByTestId(`campaign-${campaignId}`);
    await card.getByText('4 of 4 codes left for you').waitFor();
    await button(card, words.fan.claim).click();
    await card.getByText('3 of 4 codes left for you').waitFor();
    await expect.poll(() => page.getByTestId('figure-claimed').innerText(), late).toBe('1');
    await expect.poll(() => page.getByTestId('figure-left').innerText(), late).toBe('499');

    await button(page, campaigns.next.pause).click();
    await button(page.getByRole('dialog'), campaigns.ask.pause.confirm).click();
    await page.getByRole('dialog').getByText(words.console.grants.fault.reason).waitFor();
    await confirm(page, campaigns.ask.pause.confirm, 'The price is wrong');
    await phase(page, 'paused');
    await page.getByTestId('done').getByText(campaigns.ask.pause.done).waitFor();
    await card.getByText(words.problem.campaign_paused).waitFor();
    await card.getByText(words.phase.paused, { exact: true }).waitFor();
    // Checkout has stopped as well: the fan's own code says so.
    await leo.page.getByText(words.fan.stopped.campaign_paused).first().waitFor();

    await button(page, campaigns.next.resume).click();
    await confirm(page, campaigns.ask.resume.confirm, 'The price is right');
    await phase(page, 'open');
    await button(card, words.fan.claim).click();
    await card.getByText('2 of 4 codes left for you').waitFor();
    await leo.page.getByText(words.fan.stopped.campaign_paused).first().waitFor({ state: 'detached' });

    await button(page, campaigns.kill.open).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(campaigns.kill.typeName).fill('Lamp');
    await button(dialog, campaigns.kill.confirm).click();
    await dialog.getByText(filled(campaigns.kill.nameWrong, { name })).waitFor();
    await dialog.getByText(campaigns.kill.reasonNeeded).waitFor();
    await dialog.getByLabel(campaigns.kill.typeName).fill(name);
    await confirm(page, campaigns.kill.confirm, 'Codes have leaked');
    await phase(page, 'closed');
    await page.getByText(campaigns.next.killed).waitFor();
    await leo.page.getByText(words.fan.stopped.campaign_killed).first().waitFor();

    const done = page.getByTestId('done-list');
    await done.locator('[data-action="checkout.killed"]').getByText('Codes have leaked').waitFor();
    await done.locator('[data-action="checkout.resumed"]').waitFor();
    expect(await button(page, campaigns.kill.open).count()).toBe(0);
    await page.getByTestId('no-grant').getByText(words.console.grants.noNew.closed).waitFor();
    expect(await link(page, words.console.grants.new).count()).toBe(0);

    await link(page, campaigns.next.again).click();
    await expect.poll(() => field(page, campaigns.form.name).inputValue(), late).toBe(name);
    expect(await page.getByTestId('rule-1').getByLabel(campaigns.form.codes, { exact: true }).inputValue()).toBe('4');
    expect(await page.getByTestId('rule-1').getByLabel(campaigns.form.forWhom, { exact: true }).inputValue()).toBe(
      'tier',
    );
    // What ops asked of checkout is none of the shop's.
    await page.locator('a[href="/shop"]').first().click();
    await page.getByText(words.shop.lead).waitFor();
    expect(await page.getByTestId('calls').count()).toBe(0);
  });

  it('keeps the hours of its own time zone', async (test) => {
    const visit = await visitor(test, { remembers: olga });
    const { page } = visit;
    await visit.go('/ops/campaigns/new');
    await fillBasics(page, { name: 'Shanghai drop', quota: '10' });
    await field(page, campaigns.form.starts).fill('2030-07-01T10:00');
    await field(page, campaigns.form.ends).fill('2030-07-08T10:00');
    const zone = page.getByRole('combobox', { name: campaigns.form.zone });
    await zone.fill('Asia/Shang');
    await page.getByRole('option', { name: 'Asia/Shanghai' }).click();
    await button(page, campaigns.form.save).click();
    await phase(page, 'draft');
    const before = page.url();
    await page.getByText('Jul 1, 2030, 2:00 AM – Jul 8, 2030, 2:00 AM in UTC, your time zone').first().waitFor();
    await page.getByText('Jul 1, 2030, 10:00 AM – Jul 8, 2030, 10:00 AM in Asia/Shanghai').first().waitFor();

    // Changed, it is the same draft with the same hours; but not over the head of somebody who has changed it meanwhile.
    await link(page, campaigns.next.change).click();
    await expect.poll(() => field(page, campaigns.form.starts).inputValue(), late).toBe('2030-07-01T10:00');
    await field(page, campaigns.form.quota).fill('100');
    const { pathname } = new URL(before);
    const omar = await visitor(test, { remembers: { 'fcode.ops': 'ops_omar' } });
    await omar.go(`/ops/campaigns/new?change=${pathname.split('/').at(-1)}`);
    await field(omar.page, campaigns.form.name).fill('Shenzhen drop');
    await button(omar.page, campaigns.form.save).click();
    await phase(omar.page, 'draft');
    visit.watch.expect(`412 /v1${pathname.replace('/ops', '')}`);
    await button(page, campaigns.form.save).click();
    await page.getByTestId('meanwhile').getByText(campaigns.form.meanwhileText).waitFor();
    expect(await field(page, campaigns.form.quota).inputValue()).toBe('100');
    await button(page, campaigns.form.reopen).click();
    await expect.poll(() => field(page, campaigns.form.name).inputValue(), late).toBe('Shenzhen drop');
    await field(page, campaigns.form.quota).fill('100');
    await button(page, campaigns.form.save).click();
    await phase(page, 'draft');
    expect(page.url()).toBe(before);
    await page.getByText(filled(campaigns.quota_other, { codes: '100' })).waitFor();
    await page.getByTestId('no-grant').getByText(words.console.grants.noNew.draft).waitFor();
    await page.getByTestId('done-list').locator('[data-action="campaign.edited"]').nth(1).waitFor();
    await link(page, `← ${campaigns.back}`).click();
    await page.getByTestId('campaigns').waitFor();
    await page.getByLabel(campaigns.phase, { exact: true }).selectOption('');
    await page.getByLabel(campaigns.order, { exact: true }).selectOption('oldest');
    await expect
      .poll(() => page.getByTestId('campaigns').locator('li').first().innerText(), late)
      .toContain('First drop');
  });
});

describe('a grant of a drop whose rules reserve codes', () => {
  const words = wordsOf.zh.console.grants;

  it('is told apart from those: what is free for grants, and what is not', async (test) => {
    const ops = callingWith(await system.token({ subject: 'ops_omar', roles: ['ops'] }));
    const allotment = [{ when: 'tier == "core"', codes: 1, places: 50 }];
    const campaignId = await publishDrop(ops, system.url, { quota: 1000, allotment });
    const grants = `/v1/campaigns/${campaignId}/grants`;
    const wish = { to: { bearer: 19 }, reason: 'Press', reference: 'PR-1' };
    const { body } = await ops(system.url, 'POST', grants, wish, key());
    const { page, go } = await visitor(test, { language: 'zh', remembers: olga });
    await go(`/ops/campaigns/${campaignId}/grants/${String(body.grantId)}`);
    const said = filled(words.quotaReserved, { share: '2', left: '950', reserved: '50' });
    await expect.poll(() => page.getByTestId('dry-run').innerText(), late).toContain(said);
    await go(`/ops/campaigns/${campaignId}`);
    await page.getByText(filled(wordsOf.zh.console.campaigns.reservedLeft, { left: '50' })).waitFor();
  });
});

interface State {
  name: string;
  refusal?: string;
  open: (visit: Visit, words: (typeof wordsOf)[Language]) => Promise<Locator>;
}

const states: State[] = [
  {
    name: 'ops-campaigns',
    open: async ({ page, go }, { console }) => {
      await go('/ops');
      await page.getByTestId('campaigns').waitFor();
      return link(page, console.campaigns.add);
    },
  },
  {
    name: 'ops-campaigns-none',
    open: async ({ page, go }, { console }) => {
      await go('/ops');
      await page.getByLabel(console.campaigns.phase, { exact: true }).selectOption('ended');
      await page.getByText(console.campaigns.noneOfPhase).waitFor();
      return link(page, console.campaigns.add);
    },
  },
  {
    name: 'ops-campaign-new',
    open: async ({ page, go }, { console }) => {
      await go('/ops/campaigns/new');
      await page.getByTestId('preview').waitFor();
      return field(page, console.campaigns.form.name);
    },
  },
  {
    name: 'ops-campaign-rules',
    open: async ({ page, go }, words) => {
      const { form, preview } = words.console.campaigns;
      const germany = 'Germany';
      await go('/ops/campaigns/new');
      await field(page, form.quota).fill('1000');
      await page.getByText(form.by.rules, { exact: true }).click();
      await page.getByTestId('rule-1').getByLabel(form.forWhom, { exact: true }).selectOption('points');
      await page.getByTestId('rule-2').getByLabel(form.forWhom, { exact: true }).selectOption('region');
      await page.getByTestId('rule-2').getByRole('combobox').last().fill(germany);
      await page.getByRole('option', { name: germany, exact: true }).click();
      await page.getByTestId('rule-2').getByText(germany, { exact: true }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByTestId('rule-0').getByLabel(form.places, { exact: true }).fill('50');
      await page.getByTestId('more').click();
      await page
        .getByTestId('preview-rule-0')
        .getByText(filled(preview.ofPlaces, { places: '50' }).trim())
        .waitFor();
      return field(page, form.buyerLimit);
    },
  },
  {
    name: 'ops-campaign-open',
    open: async ({ page, go }, { console }) => {
      await go('/ops');
      await link(page, 'First drop').click();
      await page.getByTestId('batches').waitFor();
      await page.getByTestId('done-list').locator('li').first().waitFor();
      await page.getByTestId('preview-sum').waitFor();
      return button(page, console.campaigns.next.pause);
    },
  },
  {
    name: 'ops-campaign-kill',
    open: async ({ page, go }, { console }) => {
      await go('/ops');
      await link(page, 'First drop').click();
      await button(page, console.campaigns.kill.open).click();
      return button(page.getByRole('dialog'), console.campaigns.kill.confirm);
    },
  },
  {
    name: 'ops-campaign-draft',
    open: async ({ page, go }, words) => {
      const { console } = words;
      await go('/ops');
      await page.getByTestId('campaigns').locator('li', { hasText: words.phase.draft }).getByRole('link').click();
      await page.getByTestId('preview-sum').waitFor();
      await page.getByTestId('done-list').locator('li').first().waitFor();
      return button(page, console.campaigns.next.publish);
    },
  },
  {
    name: 'ops-campaign-unknown',
    refusal: '404 /v1/campaigns/cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA',
    open: async ({ page, go }, { console }) => {
      await go('/ops/campaigns/cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA');
      await page.getByText(console.campaigns.unknown).waitFor();
      return link(page, console.campaigns.back);
    },
  },
  {
    name: 'ops-campaign-closed',
    open: async ({ page, go }, { console }) => {
      await go('/ops');
      await link(page, 'Lamp drop').click();
      await page.getByText(console.campaigns.next.killed).waitFor();
      return link(page, console.campaigns.next.again);
    },
  },
];

// One after the other, so that each finds the pages compiled: beside each other they would be compiled for each.
describe('in both languages, anybody can read and use', () => {
  it.for(states)('$name', async ({ name, refusal, open }, test) => {
    const visit = await visitor(test, { remembers: olga });
    if (refusal !== undefined) visit.watch.expect(refusal);
    const next = await open(visit, wordsOf.en);
    expect(await faultsOf(visit, next, 'en', name)).toEqual([]);
  });
});
