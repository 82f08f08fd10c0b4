import type { Page } from '../api.ts';

/** Pages that one look asks for: of what is rare, many are empty and have a cursor all the same. */
const pagesAtMost = 10;

/** The next page that has something, or the last that was looked at; from its cursor one may go on. */
export const filledPage = async <Item>(
  ask: (query: { cursor?: string }) => Promise<Page<Item>>,
  from: string | undefined,
): Promise<Page<Item>> => {
  let page = await ask(from === undefined ? {} : { cursor: from });
  for (let asked = 1; asked < pagesAtMost && page.items.length === 0 && page.cursor !== undefined; asked += 1) {
    page = await ask({ cursor: page.cursor });
  }
  return page;
};
