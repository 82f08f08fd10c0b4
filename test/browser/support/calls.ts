import type { Page } from 'playwright-core';

/** The calls that the shop shows, as `POST /v1/checkout/hold 200`. */
export const callsOf = async (page: Page): Promise<string[]> =>
  (await page.getByTestId('calls').getByRole('listitem').allInnerTexts()).map((line) => {
    const [, method, path, status] = /(\w+)\s+(\S+)\s+(\d{3}|\S+)/.exec(line) ?? [];
    return `${method} ${path} ${status}`;
  });
