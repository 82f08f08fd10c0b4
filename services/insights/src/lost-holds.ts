import type { Key, Ref, Request, Store } from '@fcode/dynamo';
import { codeSubject, type Heard, padSequence } from '@fcode/events';
import { accept, again, type Fact } from '@fcode/policy';

/** A paid order that came too late for its code: ops give it another, or its money back. */
export interface LostHold {
  holdId: string;
  batch: number;
  index: number;
  campaignId: string;
  shop: string;
  orderId: string;
  cause: Heard<'code.hold_lost'>['data']['cause'];
  lostAt: string;
}

/** As it is listed: with when ops made it good. */
type ListedHold = LostHold & { madeGoodAt?: string };

interface Kept {
  lost?: LostHold;
}

const keptKind = {
  initial: {} as Kept,
  evolve: (kept: Kept, { type, data }: Fact): Kept =>
    type === 'lost_hold.heard' ? { ...kept, lost: data as LostHold } : kept,
};

/** Of the UTC calendar. */
const monthOf = (lostAt: string): string => lostAt.slice(0, 'YYYY-MM'.length);
/** Of one month, so that no partition grows for ever. */
const partitionOf = (month: string): string => `lost-holds/${month}`;

/** The same event always lands on the same item. */
const keptAt = ({ data, sequence }: Heard<'code.hold_lost'>): Key => ({
  pk: partitionOf(monthOf(data.lostAt)),
  sk: `${data.lostAt}/${codeSubject(data).slice('code/'.length)}/${padSequence(sequence)}`,
});

/** What sort keys look like: a cursor is the last one of its page. */
export const placeForm = /^\d{4}-\d{2}-\d{2}T[\d:.]{8,12}Z\/\d{1,7}\.\d{1,10}\/\d{12}$/;

/** That a month has any: months that have none cost nothing to pass over. */
const monthsPartition = 'lost-holds';
const monthKind = {
  initial: { hasAny: false },
  evolve: (state: { hasAny: boolean }, { type }: Fact) => (type === 'month.begun' ? { hasAny: true } : state),
};
const monthRef = (month: string): Ref<{ hasAny: boolean }> => ({ pk: monthsPartition, sk: month, ...monthKind });

/** Lists a paid order without a code, once. */
export const keepLostHold = async (store: Store, request: Request, heard: Heard<'code.hold_lost'>): Promise<void> => {
  const { order, ...rest } = heard.data;
  const lost: LostHold = { ...rest, ...order };
  // The month first: what stands in it can be found by it.
  await store.change(
    [monthRef(monthOf(lost.lostAt))],
    ({ hasAny }) => (hasAny ? again({}) : accept([{ type: 'month.begun', data: {} }], {})),
    request,
  );
  const ref: Ref<Kept> = { ...keptAt(heard), ...keptKind };
  await store.change(
    [ref],
    (kept) => (kept.lost ? again({}) : accept([{ type: 'lost_hold.heard', data: lost }], {})),
    request,
  );
};

/** That ops have given the order another code. */
interface MadeGood {
  redeemedAt?: string;
}
const madeGoodRef = ({ holdId, shop, orderId }: Pick<LostHold, 'holdId' | 'shop' | 'orderId'>): Ref<MadeGood> => ({
  pk: `made-good/${holdId}/${encodeURIComponent(shop)}/${orderId}`,
  sk: 'made-good',
  initial: {},
  evolve: (state, { type, data }) => (type === 'made_good.heard' ? (data as MadeGood) : state),
});

/** Notes that a lost hold was made good, once; whichever of the two is heard first. */
export const keepMadeGood = async (store: Store, request: Request, heard: Heard<'code.redeemed'>): Promise<void> => {
  const { goodwill, order, redeemedAt } = heard.data;
  if (!goodwill) return;
  await store.change(
    [madeGoodRef({ holdId: goodwill.holdId, ...order })],
    (state) =>
      state.redeemedAt === undefined ? accept([{ type: 'made_good.heard', data: { redeemedAt } }], {}) : again({}),
    request,
  );
};

/** The months that have any, the newest first; from `newest` on, itself included, where it is given. */
async function* monthsOf(store: Store, newest: string | undefined): AsyncGenerator<string> {
  if (newest !== undefined) yield newest;
  for (let cursor = newest; ; ) {
    const page = await store.query(
      { pk: monthsPartition, limit: 12, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) },
      monthKind,
    );
    for (const { sk } of page.items) yield sk;
    cursor = page.cursor;
    if (cursor === undefined) return;
  }
}

/**
 * A page of paid orders without a code, the newest first. Each month that it looks into has one at least, so that it looks
 * into no more of them than it has places. `cursor`: the place that the page before ended at. Rejects with StoreBusy.
 */
export const readLostHolds = async (
  store: Store,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: ListedHold[]; cursor?: string }> => {
  const found = await findLostHolds(store, { limit, cursor });
  const good = await store.read(found.items.map((lost) => madeGoodRef(lost)));
  const items = found.items.map((lost, position) => {
    const { redeemedAt } = good[position]?.state ?? {};
    return redeemedAt === undefined ? lost : { ...lost, madeGoodAt: redeemedAt };
  });
  return { ...found, items };
};

const findLostHolds = async (
  store: Store,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: LostHold[]; cursor?: string }> => {
  const items: LostHold[] = [];
  let last = cursor;
  for await (const month of monthsOf(store, cursor && monthOf(cursor))) {
    if (items.length === limit) return { items, ...(last === undefined ? {} : { cursor: last }) };
    const from = last !== undefined && monthOf(last) === month ? { cursor: last } : {};
    const page = await store.query(
      { pk: partitionOf(month), limit: limit - items.length, newestFirst: true, ...from },
      keptKind,
    );
    items.push(...page.items.flatMap(({ state: { lost } }) => lost ?? []));
    if (page.cursor !== undefined) return { items, cursor: page.cursor };
    last = page.items.at(-1)?.sk ?? last;
  }
  return { items };
};
