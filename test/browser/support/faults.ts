import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { barriers, languageOfPage, overflow, tabTo, textsOn } from './looks.ts';
import { heightOf, type Visit } from './visits.ts';
import type { Language } from './words.ts';
import { wrongWords } from './wrong-words.ts';

const folder = process.env.FCODE_SCREENSHOTS;
if (folder) mkdirSync(folder, { recursive: true });

const widths = [1440, 390];
const tags = { en: 'en', zh: 'zh-CN' } as const satisfies Record<Language, string>;

/** What is wrong with a page: everything that no page may be, at each width. Takes a picture, where one is asked for. */
export const faultsOf = async ({ page }: Visit, next: Locator, language: Language, name: string): Promise<string[]> => {
  await next.waitFor();
  const faults: string[] = [];
  const note = (what: string, found: string[]) => faults.push(...found.map((fault) => `${what}: ${fault}`));

  const tag = await languageOfPage(page);
  note('calls itself', tag === tags[language] ? [] : [tag]);
  note('says', wrongWords(language, await textsOn(page)));
  for (const width of widths) {
    await page.setViewportSize({ width, height: heightOf(width) });
    note(`sticks out on ${width} pixels`, await overflow(page));
    note(`bars somebody on ${width} pixels`, await barriers(page));
    if (folder) await page.screenshot({ path: join(folder, `${name}.${language}.${width}.png`), fullPage: true });
  }
  const byKeyboard = await tabTo(page, next);
  note('by keyboard', byKeyboard === 'reached' ? [] : [byKeyboard]);
  return faults;
};
