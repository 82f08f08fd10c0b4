import type { BrowserContext, ConsoleMessage } from 'playwright-core';

export interface Watch {
  /** The test provokes this refusal, such as `409 /v1/checkout/hold`; the browser prints a line for it. */
  expect: (refusal: string) => void;
  /** What went wrong, each thing once. */
  seen: () => string[];
  expected: () => string[];
}

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

const sorted = (lines: Iterable<string>): string[] => [...new Set(lines)].sort();

/** Collects what a visitor would never see and a developer's console would: errors, and requests to anybody else. */
export const watch = (context: BrowserContext, origin: string): Watch => {
  const seen: string[] = [];
  const expected: string[] = [];
  const asLine = (message: ConsoleMessage): string => {
    const [, status] = /^Failed to load resource: .* status of (\d{3})/.exec(message.text()) ?? [];
    return status === undefined
      ? `console.${message.type()}: ${message.text()}`
      : `${status} ${pathOf(message.location().url)}`;
  };
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) seen.push(asLine(message));
  });
  context.on('weberror', (thrown) => seen.push(`thrown: ${thrown.error().message}`));
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Whoever leaves a page, or closes it, does not wait for what it had asked.
    if (why !== 'net::ERR_ABORTED') seen.push(`${why} ${pathOf(request.url())}`);
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== origin) seen.push(`request to elsewhere: ${request.url()}`);
  });
  return {
    expect: (refusal) => expected.push(refusal),
    seen: () => sorted(seen),
    expected: () => sorted(expected),
  };
};
