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

describe('a visitor', () => {
  let asked = 0;

  it('keeps things in the browser', async (test) => {
    const { context, page, go, watch } = await visitor(test, { remembers: { 'fcode.persona': 'm_kai' } });
    watch.expect('404 /demo/personas');
    await context.route('**/demo/personas', (route) => {
      asked += 1;
      return route.continue();
    });
    await go('/');
    await page.evaluate(() => localStorage.setItem('fcode.language', 'zh'));
    await context.addCookies([{ name: 'kept', value: '1', url: system.url }]);
    await page.reload();
    await page.getByText(wordsOf.zh.personas.noneText).waitFor();
    expect(asked).toBe(2);
    // A second tab, which is open to the end.
    await context.newPage();
  });

  it('finds nothing of the one before, though the browser is the same', async (test) => {
    const { context, page, go, watch } = await visitor(test);
    watch.expect('404 /demo/personas');
    expect(context.pages()).toEqual([page]);
    await go('/');
    await page.getByText(words.personas.noneText).waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate(() => sessionStorage.getItem('fcode.persona'))).toBe('');
    expect(asked).toBe(2);
  });
});
