export interface Page<Item> {
  items: Item[];
  /** Names the next page, where there is one. */
  cursor?: string;
}

/**
 * The items of all pages, in order, each page asked for when its first item is wanted; or one page of them, with what it says
 * besides.
 */
export interface Listed<Item, Whole extends Page<Item> = Page<Item>> extends AsyncGenerator<Item, void, undefined> {
  page: (query?: { cursor?: string; limit?: number }) => Promise<Whole>;
}

async function* through<Item>(ask: Listed<Item>['page']): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await ask(cursor === undefined ? {} : { cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

export const itemsOf = <Whole extends Page<unknown>>(
  ask: (query: { cursor?: string; limit?: number }) => Promise<Whole>,
): Listed<Whole['items'][number], Whole> => {
  const page = (query: { cursor?: string; limit?: number } = {}) => ask(query);
  return Object.assign(through(page), { page });
};
