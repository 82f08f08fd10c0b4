/** The items of all pages, in order; each page is asked for when its first item is wanted. */
export async function* itemsOf<Item>(
  ask: (query: { cursor?: string }) => Promise<{ items: Item[]; cursor?: string }>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await ask(cursor === undefined ? {} : { cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
