import type { Embedded } from '@fcode/embedded';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type Watch, watch } from './watch.ts';
import type { Language } from './words.ts';

export interface Visit {
  context: BrowserContext;
  page: Page;
  watch: Watch;
  /** Opens an address of the system. */
  go: (path: string) => Promise<void>;
}

export interface Visitor {
  language?: Language;
  width?: number;
  /** What the tab remembers already: its `sessionStorage`. */
  remembers?: Record<string, string>;
}

const locales = { en: 'en-GB', zh: 'zh-CN' } as const satisfies Record<Language, string>;
export const heightOf = (width: number): number => (width < 640 ? 844 : 900);

const patienceMs = 10_000;

/** Of a test's context: what to do when the test is over, whatever came of it. */
interface Finishing {
  onTestFinished: (then: () => Promise<void>) => void;
}

/**
 * Visitors of a system for one test file. Each has a browser profile of their own, which goes with the test; the test fails
 * when something went wrong behind its back.
 */
export const openVisits = (system: () => Embedded) => {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  return async (
    { onTestFinished }: Finishing,
    { language = 'en', width = 1440, remembers = {} }: Visitor = {},
  ): Promise<Visit> => {
    const { url } = system();
    const context = await (browser as Browser).newContext({
      baseURL: url,
      locale: locales[language],
      timezoneId: 'UTC',
      viewport: { width, height: heightOf(width) },
      // Looks are judged when they are at rest.
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(patienceMs);
    await context.addInitScript((kept) => {
      for (const [key, value] of Object.entries(kept)) {
        if (sessionStorage.getItem(key) === null) sessionStorage.setItem(key, value);
      }
    }, remembers);
    const page = await context.newPage();
    const watched = watch(context, new URL(url).origin);
    onTestFinished(async () => {
      await context.close();
      expect(watched.seen()).toEqual(watched.expected());
    });
    return { context, page, watch: watched, go: async (path) => void (await page.goto(path)) };
  };
};
