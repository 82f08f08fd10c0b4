import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { barriers, languageOfPage, overflow, tabTo, textsOn } from './looks.ts';
import { heightOf, type Visit } from './visits.ts';
import type { Language } from './words.ts';
import { wrongWords } from './wrong-words.ts';

const folder = process.env.FCODE_SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });

const wide = 1440;
const narrow = 390;
const tags = { en: 'en', zh: 'zh-CN' } as const satisfies Record<Language, string>;
const otherThan = { en: 'zh', zh: 'en' } as const satisfies Record<Language, Language>;

/** Has the page speak another language, where it is: whatever else it shows stays. */
const speak = async (page: Page, language: Language): Promise<void> => {
  // Not by the pointer: a dialog may be in front of it.
  await page.getByTestId('language').dispatchEvent('click');
  await page.locator(`[data-testid="language"][lang="${tags[otherThan[language]]}"]`).waitFor({ state: 'attached' });
};

/**
 * What is wrong with a page: everything that no page may be, at each width and in both languages. Takes pictures, where they
 * are asked for. Barriers are in how the page is built and coloured, whatever it speaks: they are looked for in its own language.
 */
export const faultsOf = async ({ page }: Visit, next: Locator, language: Language, name: string): Promise<string[]> => {
  await next.waitFor();
  const faults: string[] = [];
  const note = (what: string, found: string[]) => faults.push(...found.map((fault) => `${what}: ${fault}`));

  const judge = async (spoken: Language, width: number) => {
    await page.setViewportSize({ width, height: heightOf(width) });
    const tag = await languageOfPage(page);
    note(`in ${spoken} calls itself`, tag === tags[spoken] ? [] : [tag]);
    note(`in ${spoken} says on ${width} pixels`, wrongWords(spoken, await textsOn(page)));
    note(`in ${spoken} sticks out on ${width} pixels`, await overflow(page));
    if (spoken === language) note(`bars somebody on ${width} pixels`, await barriers(page));
    if (folder) await page.screenshot({ path: join(folder, `${name}.${spoken}.${width}.png`), fullPage: true });
  };
  // As seldom laid out anew as can be, and at last as it was.
  const own = page.viewportSize()?.width ?? wide;
  const other = own === wide ? narrow : wide;
  await judge(language, own);
  await judge(language, other);
  const byKeyboard = await tabTo(page, next);
  note('by keyboard', byKeyboard === 'reached' ? [] : [byKeyboard]);
  await speak(page, otherThan[language]);
  await judge(otherThan[language], other);
  await judge(otherThan[language], own);
  await speak(page, language);
  return faults;
};
