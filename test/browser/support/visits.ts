import type { Embedded } from '@fcode/embedded';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, expect } from 'vitest';
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

/** Of a step; on a machine that does other things too, a page that is opened for the first time takes some of it. */
const patienceMs = 20_000;

/** Of a test's context: what to do when the test is over, whatever came of it. */
interface Finishing {
  onTestFinished: (then: () => Promise<void>) => void;
}

const nowhere = 'about:blank';

/** One for all files, which share their modules; it ends with the process. */
let browser: Promise<Browser> | undefined;

/** What a test may have listened to. */
const heard = ['console', 'weberror', 'requestfailed', 'request'] as const;

/** Makes a browser profile as good as new, with one page: the next visitor finds nothing of this one. */
const empty = async (context: BrowserContext): Promise<void> => {
  const [first, ...others] = context.pages();
  for (const other of others) await other.close();
  const page = first ?? (await context.newPage());
  if (page.url() !== nowhere) {
    // By the page itself, so that it stays in its process and keeps its right to its storage.
    await page.evaluate((address) => void setTimeout(() => location.assign(address)), nowhere);
    await page.waitForURL(nowhere);
    await page.evaluate(() => {
      sessionStorage.clear();
      localStorage.clear();
    });
  }
  await context.clearCookies();
  await context.unrouteAll({ behavior: 'ignoreErrors' });
  // A pointer that rests somewhere would hover over whatever comes to be there.
  await page.mouse.move(0, 0);
};

/**
 * Visitors of a system for one test file. Each has a browser profile of their own while the test runs; the test fails when
 * something went wrong behind its back. A profile is then emptied for the next visitor of its language: to open another and
 * to compile the pages in it again costs more than most tests do in it.
 */
export const openVisits = (system: () => Embedded) => {
  const free: Record<Language, BrowserContext[]> = { en: [], zh: [] };
  afterAll(async () => {
    for (const context of Object.values(free).flat()) await context.close();
  });

  const newContext = async (language: Language): Promise<BrowserContext> => {
    browser ??= launchChromium();
    const context = await (await browser).newContext({
      baseURL: system().url,
      locale: locales[language],
      timezoneId: 'UTC',
      // Looks are judged when they are at rest.
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(patienceMs);
    await context.newPage();
    return context;
  };

  return async (
    { onTestFinished }: Finishing,
    { language = 'en', width = 1440, remembers = {} }: Visitor = {},
  ): Promise<Visit> => {
    const context = free[language].pop() ?? (await newContext(language));
    const [page] = context.pages() as [Page];
    await page.setViewportSize({ width, height: heightOf(width) });
    const remembering = await context.addInitScript((kept) => {
      // A tab that has not been anywhere yet has no storage.
      if (location.protocol === 'about:') return;
      for (const [key, value] of Object.entries(kept)) {
        if (sessionStorage.getItem(key) === null) sessionStorage.setItem(key, value);
      }
    }, remembers);
    const watched = watch(context, new URL(system().url).origin);
    onTestFinished(async () => {
      await remembering.dispose();
      await empty(context);
      for (const kind of heard) context.removeAllListeners(kind);
      free[language].push(context);
      expect(watched.seen()).toEqual(watched.expected());
    });
    return { context, page, watch: watched, go: async (path) => void (await page.goto(path)) };
  };
};
