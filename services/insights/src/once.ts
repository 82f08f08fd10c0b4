import type { Ref, Request, Store } from '@fcode/dynamo';
import { accept, again, type Fact } from '@fcode/policy';

interface Seen {
  seen: boolean;
}

const seenRef = (eventId: string): Ref<Seen> => ({
  pk: `seen/${eventId}`,
  sk: 'seen',
  initial: { seen: false },
  evolve: (state, { type }) => (type === 'event.seen' ? { seen: true } : state),
});

type Refs<States extends unknown[]> = { [Index in keyof States]: Ref<States[Index]> };

/**
 * Commits the facts that an event adds to the items of `refs` together with a marker for the event's id, so that they
 * are added once, however often it is heard and by however many instances. The event is what `request` has for its
 * cause; `add` is pure, and is given the states of `refs`.
 */
export const once = async <States extends unknown[]>(
  store: Store,
  request: Request,
  refs: [...Refs<States>],
  add: (states: NoInfer<States>) => Fact[],
): Promise<void> => {
  const all = [seenRef(request.causationId), ...refs] as [Ref<unknown>, ...Ref<unknown>[]];
  // Counters exist as a rule: a read and a transaction cost less than a guess that fails, a read and a transaction.
  const known = await store.read(all, request.deadline);
  const isSeen = (marker: unknown): boolean => (marker as Seen).seen;
  // A marker never goes away, so what was read needs no second look.
  if (isSeen(known[0].state)) return;
  const rule = (marker: unknown, ...states: unknown[]) =>
    isSeen(marker) ? again({}) : accept([{ type: 'event.seen', data: {} }, ...add(states as States)], {});
  await store.change(all, rule, request, known);
};
