import type { Embedded } from '@fcode/embedded';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSystem } from './support/system.ts';
import { openVisits } from './support/visits.ts';
import { wordsOf } from './support/words.ts';

let system: Embedded;
beforeAll(async () => {
  system = await startSystem({ hasDemo: false });
});
afterAll(() => system.stop());
const visitor = openVisits(() => system);
const words = wordsOf.en;
const unknownLink = 'AAAAAAAAAAAA';

describe('a system without the demo', () => {
  it.for(['/', '/fan', '/shop'])(
    'says at %s that members come from the shop, and breaks nothing',
    async (path, test) => {
      const { page, go, watch } = await visitor(test);
      watch.expect('404 /demo/personas');
      await go(path);
      await page.getByText(words.personas.none).waitFor();
      await page.getByText(words.personas.noneText).waitFor();
      expect(await page.getByTestId('member').count()).toBe(0);
      expect(await page.getByTestId('problem').count()).toBe(0);
    },
  );

  it('tells a friend whose invitation it does not know', async (test) => {
    const { page, go, watch } = await visitor(test);
    watch.expect('404 /demo/personas');
    watch.expect(`404 /v1/invites/${unknownLink}`);
    await go(`/i/${unknownLink}`);
    await page.getByRole('heading', { level: 1, name: words.friend.notFound }).waitFor();
    expect(await page.getByTestId('problem').count()).toBe(0);
  });
});
