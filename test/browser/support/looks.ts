/// <reference lib="dom" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What keeps somebody from using the page, each with where it is and what would mend it. */
export const barriers = async (page: Page): Promise<string[]> => {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  // Of what it answers, the rest is many times as much.
  const violations = await page.evaluate<AxeResults['violations']>(
    'axe.run({ resultTypes: ["violations"], preload: false }).then(({ violations }) => violations)',
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} (${impact}) at ${target.join(' ')}: ${failureSummary}`),
    );
};

/** By how many pixels the page is wider than its window, and what sticks out. */
export const overflow = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.getBoundingClientRect().right > room + 1)
      .map((element) => `${element.tagName} ${element.className} ${element.textContent.slice(0, 40)}`);
  });

export const languageOfPage = (page: Page): Promise<string> => page.evaluate(() => document.documentElement.lang);

/** Everything that the page says: to the eyes, to the ears, in its title. Not what the API says, nor the other language's name. */
export const textsOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const isOurs = (element: Element) => element.closest('pre, code, script, style, [data-testid="language"]') === null;
    const hasText = (element: Element) =>
      [...element.childNodes].some(
        (child) => child.nodeType === Node.TEXT_NODE && (child.textContent ?? '').trim() !== '',
      );
    const named = ['aria-label', 'placeholder', 'title', 'alt'];
    const found = [...document.body.querySelectorAll('*')]
      .filter(isOurs)
      .flatMap((element) => [
        ...(hasText(element) ? [element.textContent] : []),
        ...named.map((name) => element.getAttribute(name) ?? ''),
      ]);
    return [document.title, ...found].map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== '');
  });

const mostTabs = 60;
/** To ask whether it is reached, and to wait for each press to be answered, costs more than to press once more. */
const tabsAtOnce = 6;

/** Goes to a control as a keyboard does; whether it is reached, and shows that it is. */
export const tabTo = async (page: Page, control: Locator): Promise<'reached' | 'reached unseen' | 'not reached'> => {
  const reached = await page.evaluateHandle(() => {
    const outlined = new Map<EventTarget, boolean>();
    document.addEventListener('focusin', ({ target }) => {
      if (!(target instanceof Element)) return;
      const { outlineStyle, outlineWidth } = getComputedStyle(target);
      outlined.set(target, outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2);
    });
    return outlined;
  });
  for (let pressed = 0; pressed < mostTabs; pressed += tabsAtOnce) {
    await Promise.all(Array.from({ length: tabsAtOnce }, () => page.keyboard.press('Tab')));
    const found = await control.evaluate((element, outlined) => outlined.get(element), reached);
    if (found === undefined) continue;
    await control.focus();
    return found ? 'reached' : 'reached unseen';
  }
  return 'not reached';
};
