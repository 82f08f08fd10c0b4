import type { Embedded } from '@fcode/embedded';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { faultsOf } from './support/faults.ts';
import { claimCode, openShortDrop, pause, startSystem, tellCheckout } from './support/system.ts';
import { openVisits } from './support/visits.ts';
import { filled, wordsOf } from './support/words.ts';

let system: Embedded;
beforeAll(async () => {
  system = await startSystem({ hasDemo: true });
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);

const button = (within: Locator, name: string): Locator => within.getByRole('button', { name, exact: true });

describe('codes that ops have stopped, in Chinese on a phone', () => {
  const language = 'zh';
  const fan = 'm_fay';
  const words = wordsOf[language];

  it('say so and why, and are not offered to be copied, shared or passed on', async (test) => {
    const { expect } = test;
    const [pausing, killing] = [await openShortDrop(system), await openShortDrop(system)];
    const [waits, dies] = [await claimCode(system, fan, pausing), await claimCode(system, fan, killing)];
    const visit = await visitor(test, { language, width: 390, remembers: { 'fcode.persona': fan } });
    const { page } = visit;
    await visit.go('/fan');

    const rowOf = (code: string, state: string): Locator =>
      page
        .getByTestId('code-row')
        .and(page.locator(`[data-status="${state}"]`))
        .filter({ hasText: code });
    const offersOf = (row: Locator, code: string) =>
      Promise.all(
        [words.fan.giveCode, words.pass.codeOn, words.code.copyThis].map((text) =>
          button(row, filled(text, { code })).count(),
        ),
      );
    for (const { code } of [waits, dies]) {
      const row = rowOf(code, 'unused');
      await row.waitFor();
      expect(await offersOf(row, code)).toEqual([1, 1, 1]);
    }

    await tellCheckout(system, 'pause', pausing);
    await tellCheckout(system, 'kill', killing);
    for (const [{ code }, state, why] of [
      [waits, 'paused', words.fan.stopped.campaign_paused],
      [dies, 'revoked', words.fan.stopped.campaign_killed],
    ] as const) {
      const row = rowOf(code, state);
      await row.waitFor();
      await row.getByText(words.fan.status[state], { exact: true }).waitFor();
      expect(await row.getByTestId('why-stopped').innerText()).toBe(why);
      expect(await offersOf(row, code)).toEqual([0, 0, 0]);
    }
    const claim = button(page.getByTestId(`campaign-${pausing}`), words.fan.claim);
    expect(await faultsOf(visit, claim, language, 'fan-stopped')).toEqual([]);
  });
});

describe('a claim that is refused since ops have paused the campaign', () => {
  it('has the card say so, in its badge too, and once', async (test) => {
    const { expect } = test;
    const words = wordsOf.en;
    const campaignId = await openShortDrop(system);
    const visit = await visitor(test, { remembers: { 'fcode.persona': 'm_kai' } });
    const { page } = visit;
    // The fan's page knows nothing of the pause yet.
    let before: string | undefined;
    let isBehind = true;
    await page.route(`**/v1/campaigns/${campaignId}/allotment`, async (route) => {
      if (!isBehind) return route.continue();
      if (before !== undefined) return route.fulfill({ contentType: 'application/json', body: before });
      const response = await route.fetch();
      before = await response.text();
      return route.fulfill({ response });
    });
    await visit.go('/fan');
    const card = page.getByTestId(`campaign-${campaignId}`);
    await button(card, words.fan.claim).waitFor();
    await pause(system, campaignId);
    visit.watch.expect(`409 /v1/campaigns/${campaignId}/claims`);
    await button(card, words.fan.claim).click();
    await card.getByTestId('problem').getByText(words.problem.campaign_paused).waitFor();
    // Sooner than the page would have asked by itself.
    await card.getByText(words.phase.paused, { exact: true }).waitFor({ timeout: 5000 });
    isBehind = false;
    await card.getByTestId('why-not').getByText(words.problem.campaign_paused).waitFor();
    await card.getByTestId('problem').waitFor({ state: 'detached' });
    expect(await card.getByText(words.problem.campaign_paused).count()).toBe(1);
  });
});
