import type { CodeRef as CodeNumber } from '@fcode/codes';
import type { Item, Ref, Store } from '@fcode/dynamo';
import { type AnyFact, codeSubject, type OrderRef } from '@fcode/events';
import { isTakeable } from './code.ts';
import { noSlots, type Slots, slotsBy } from './limits.ts';

const shardsAtMost = 2000;

/**
 * Each use of a code by name has a place; how many of them share an item. Few, so that orders that come at once seldom meet
 * there, but never more items than can be read in one go: at 100,000 uses, 50 in an item of 5 KB.
 */
const placesPerShard = (size: number): number => Math.max(4, Math.ceil(size / shardsAtMost));

const bySlots = slotsBy(() => true);

const shardRef = (batch: number, shard: number): Ref<Slots> => ({
  pk: `named/${batch}/${shard}`,
  sk: 'slots',
  initial: noSlots,
  evolve: (state, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'code.revoked') return bySlots(state, fact);
    // A place that is out of use is taken for good: nobody is sent there.
    const code = codeSubject(data);
    const order = data.hold?.order ?? { shop: '', orderId: '' };
    return { slots: [...state.slots.filter((slot) => slot.code !== code), { code, order }] };
  },
});

/** Where the place of a use of a code by name is kept; `size`: how many uses it has. */
export const placeRef = ({ batch, index }: CodeNumber, size: number): Ref<Slots> =>
  shardRef(batch, Math.floor(index / placesPerShard(size)));

/** Of one order's uses of a code by name, no more are kept. */
const placesKept = 8;

/** Which places an order was given, newest last; an order that asks again is sent there, so that it finds its answer. */
export interface OwnPlaces {
  indexes: number[];
}
export const ownPlacesRef = (batch: number, order: OrderRef): Ref<OwnPlaces> => ({
  pk: `named/${batch}/by/${encodeURIComponent(order.shop)}/${order.orderId}`,
  sk: 'places',
  initial: { indexes: [] },
  evolve: (state, fact) => {
    const { type, data } = fact as AnyFact;
    if (type !== 'code.held' && type !== 'code.redeemed') return state;
    if (state.indexes.at(-1) === data.index) return state;
    return { indexes: [...state.indexes.filter((index) => index !== data.index), data.index].slice(-placesKept) };
  },
});

export interface Place {
  code: CodeNumber;
  /** Its shard as it was read, for the first try. */
  shard: Item<Slots>;
}

/** Of which code, and when: epoch ms. */
interface Asked {
  batch: number;
  size: number;
  at: number;
}

/** All shards of a batch. */
interface Survey {
  shards: Item<Slots>[];
  /** Nothing changed while it was made: so all of it was at one instant. */
  isOfOneInstant: boolean;
}

const readAtOnce = 200;
const readingsAtMost = 4;

const takenAt = ({ slots }: Slots, at: number): Set<string> =>
  new Set(slots.filter(({ until }) => until === undefined || !isTakeable(until, at)).map(({ code }) => code));

/** Finds room for one more use of a code by name. */
export class Places {
  readonly #store: Store;
  /** Shards that may have room, by batch: all of them at first. */
  readonly #open = new Map<number, Set<number>>();
  /** Places that requests of this instance are trying for: no two for one. */
  readonly #trying = new Set<string>();
  /** Under way, by batch; who comes meanwhile shares the next. */
  readonly #running = new Map<number, Promise<Survey>>();
  readonly #next = new Map<number, Promise<Survey>>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Tries for a place that is free at an instant, any of them, so that those who ask at once seldom meet; `full` when none
   * was, and `unsettled` when that could not be told, since uses came and went. While there is room it costs one read; where
   * none is known any more, all shards are read, once for everybody who waits.
   */
  async tryFree<Result>(
    asked: Asked,
    deadline: number,
    attempt: (place: Place) => Promise<Result>,
  ): Promise<Result | 'full' | 'unsettled'> {
    const place = await this.#find(asked, deadline);
    if (typeof place === 'string') return place;
    const name = codeSubject(place.code);
    this.#trying.add(name);
    try {
      return await attempt(place);
    } finally {
      this.#trying.delete(name);
    }
  }

  /** A place that is free at an instant, for who only looks. */
  async #find(asked: Asked, deadline: number): Promise<Place | 'full' | 'unsettled'> {
    const { batch, size } = asked;
    const open = this.#openOf(asked);
    while (open.size > 0) {
      const shard = [...open][Math.floor(Math.random() * open.size)] as number;
      const [item] = await this.#store.read([shardRef(batch, shard)], deadline);
      const place = this.#inShard(asked, shard, item);
      if (place) return place;
      open.delete(shard);
    }
    const { shards, isOfOneInstant } = await this.#surveyed(asked);
    const withRoom = shards.flatMap((item, shard) =>
      takenAt(item.state, asked.at).size < placesIn(size, shard) ? [shard] : [],
    );
    for (const shard of withRoom) open.add(shard);
    for (const shard of withRoom) {
      const place = this.#inShard(asked, shard, shards[shard] as Item<Slots>);
      if (place) return place;
    }
    return isOfOneInstant && withRoom.length === 0 ? 'full' : 'unsettled';
  }

  /** How many uses there are of it at an instant. */
  async used(asked: Asked): Promise<{ held: number; redeemed: number }> {
    const { shards } = await this.#surveyed(asked);
    const taken = shards.flatMap(({ state }) => state.slots).filter(({ order }) => order.orderId !== '');
    const held = taken.filter(({ until }) => until !== undefined && !isTakeable(until, asked.at)).length;
    return { held, redeemed: taken.filter(({ until }) => until === undefined).length };
  }

  #openOf({ batch, size }: Asked): Set<number> {
    const known = this.#open.get(batch);
    if (known) return known;
    const all = new Set(Array.from({ length: shardsOf(size) }, (_, shard) => shard));
    this.#open.set(batch, all);
    return all;
  }

  #inShard({ batch, size, at }: Asked, shard: number, item: Item<Slots>): Place | undefined {
    const taken = takenAt(item.state, at);
    const first = shard * placesPerShard(size);
    const free = Array.from({ length: placesIn(size, shard) }, (_, place) => ({ batch, index: first + place })).filter(
      (code) => !taken.has(codeSubject(code)) && !this.#trying.has(codeSubject(code)),
    );
    const code = free[Math.floor(Math.random() * free.length)];
    return code && { code, shard: item };
  }

  #surveyed(asked: Asked): Promise<Survey> {
    const { batch } = asked;
    const running = this.#running.get(batch);
    if (!running) {
      const survey = this.#survey(asked).finally(() => this.#running.delete(batch));
      this.#running.set(batch, survey);
      return survey;
    }
    const known = this.#next.get(batch);
    if (known) return known;
    const next = running
      .catch(() => {})
      .then(() => {
        this.#next.delete(batch);
        return this.#surveyed(asked);
      });
    this.#next.set(batch, next);
    return next;
  }

  /** What two readings in turn say alike was so between them. Where there is room, one is enough. */
  async #survey({ batch, size, at }: Asked): Promise<Survey> {
    let shards: Item<Slots>[] = [];
    for (let reading = 0; reading < readingsAtMost; reading += 1) {
      const before = shards;
      shards = [];
      for (let from = 0; from < shardsOf(size); from += readAtOnce) {
        const count = Math.min(readAtOnce, shardsOf(size) - from);
        shards.push(
          ...(await this.#store.read(Array.from({ length: count }, (_, shard) => shardRef(batch, from + shard)))),
        );
      }
      if (before.length > 0 && shards.every(({ seq }, shard) => seq === before[shard]?.seq)) {
        return { shards, isOfOneInstant: true };
      }
      if (shards.some(({ state }, shard) => takenAt(state, at).size < placesIn(size, shard))) break;
    }
    return { shards, isOfOneInstant: false };
  }
}

const shardsOf = (size: number): number => Math.ceil(size / placesPerShard(size));
const placesIn = (size: number, shard: number): number =>
  Math.min(placesPerShard(size), size - shard * placesPerShard(size));
