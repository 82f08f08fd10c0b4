import type { Ref, Request, Store } from '@fcode/dynamo';
import type { EventType, Heard } from '@fcode/events';
import { accept, again, type Fact } from '@fcode/policy';

/** One thing that happened, as its event told it. */
export interface Entry {
  type: EventType;
  at: string;
  data: Record<string, unknown>;
  eventId: string;
  correlationId: string;
  /** What made it happen: a request's id or an event's. Absent of what was heard before this was kept. */
  causationId?: string;
}

export interface Kept<Of extends Entry = Entry> {
  entry: Of | undefined;
}
export type EntryRef<Of extends Entry = Entry> = Ref<Kept<Of>>;

export const kindOf = <Of extends Entry>(): Omit<EntryRef<Of>, 'pk' | 'sk'> => ({
  initial: { entry: undefined },
  evolve: (state, { type, data }) => (type === 'entry.added' ? { entry: data as Of } : state),
});

export const entryKind = kindOf();

export const entryOf = ({ type, time: at, data, id: eventId, correlationId, causationId }: Heard): Entry => ({
  type,
  at,
  data,
  eventId,
  correlationId,
  causationId,
});

export const added = (entry: Entry): Fact => ({ type: 'entry.added', data: entry });

export const entryAdded = (heard: Heard): Fact => added(entryOf(heard));

/** Adds what changes nothing but a history: its key alone makes it idempotent. */
export const addEntry = async <Of extends Entry>(
  store: Store,
  request: Request,
  ref: EntryRef<Of>,
  fact: Fact,
): Promise<void> => {
  await store.change([ref], ({ entry }) => (entry ? again({}) : accept([fact], {})), request);
};
