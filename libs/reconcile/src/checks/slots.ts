import { each, type Family, skewMs } from '../check.ts';
import { after, orderName } from '../names.ts';
import type { Found } from '../tables.ts';

interface OrderRef {
  shop: string;
  orderId: string;
}

interface LifeState {
  status: string;
  past: { order: OrderRef; ended: string; endedAt: string }[];
  hold?: { order: OrderRef; buyer: string; campaignId: string; day?: string; holdUntil: string };
  redemption?: { order: OrderRef; buyer: string; campaignId: string; day?: string };
}

interface BatchState {
  batch: number;
  size: number;
  terms?: { buyerLimit: number; orderLimit?: number; dayLimit?: number };
  /** A code by name, each index one use of it; 0 uses of a buyer is no limit. */
  named?: { perBuyer: number };
}

interface SlotsState {
  slots: { code: string; order: OrderRef; until?: string }[];
}

/** Whose a code is: until when, or for good. */
interface Owner {
  buyer: string;
  campaignId: string;
  order: OrderRef;
  /** On which it counts, where a limit is a day's. */
  day?: string;
  until?: string;
  /** Revoked: of a code by name, its place is taken for good, by the order that held it or by nobody. */
  isOut?: true;
}

/** A code keeps no more of its past holds than this. */
const pastKept = 24;
/** So long after its end a hold still takes its slot. */
const graceMs = 5000;
/** Of a code by name that may be used `size` times, so many places stand in one item. */
const placesPerShard = (size: number): number => Math.max(4, Math.ceil(size / 2000));
/** Of the places that an order was given, no more are kept. */
const placesKept = 8;

const ownerOf = ({ status, past, hold, redemption }: LifeState): Owner | undefined => {
  if (status === 'revoked') {
    const order = past.findLast(({ ended }) => ended === 'revoked')?.order ?? { shop: '', orderId: '' };
    return { buyer: '', campaignId: '', order, isOut: true };
  }
  const owner = hold ?? redemption;
  if (!owner) return undefined;
  const { buyer, campaignId, order, day } = owner;
  return {
    buyer,
    campaignId,
    order,
    ...(day === undefined ? {} : { day }),
    ...(hold ? { until: hold.holdUntil } : {}),
  };
};

const numberOf = (code: string): [batch: number, index: number] => {
  const [batch = Number.NaN, index = Number.NaN] = (after('code/', code) ?? '').split('.').map(Number);
  return [batch, index];
};

const ofOrder = ({ shop, orderId }: OrderRef): string => `${encodeURIComponent(shop)}/${orderId}`;

/** Where it stands which places of a code by name an order was given. */
const ownPlacesOf = ({ order }: Owner, code: string): string => `named/${numberOf(code)[0]}/by/${ofOrder(order)}`;
const isGiven = (indexes: readonly number[] = [], code: string): boolean =>
  indexes.length >= placesKept || indexes.includes(numberOf(code)[1]);

/** By everybody's clock: a hold that is over locks nobody out, so that its slot may be left where it is. */
const isOver = (until: string | undefined, now: number): boolean =>
  until !== undefined && Date.parse(until) + graceMs + skewMs <= now;

/** The slot of a hold that is over goes with a change of whose it is; by any clock, no later than the last one (`since`). */
const mayBeDropped = (until: string | undefined, since: number | undefined): boolean =>
  until !== undefined && since !== undefined && Date.parse(until) + graceMs <= since + skewMs;

type Slot = SlotsState['slots'][number];

const isOwn = (slot: Slot, owner: Owner): boolean =>
  orderName(slot.order) === orderName(owner.order) && slot.until === owner.until;

/** Uses of a limit, against the codes that they are for. */
export const slots: Family = (open) => {
  const finding = open(
    'slots',
    'no limit of a buyer, an order or a code by name is exceeded, and each use is of a code that they have',
  );
  const owners = new Map<string, Owner>();
  const uses = new Map<string, { since: number; slots: Slot[] }>();
  const ownPlaces = new Map<string, number[]>();
  const limits = new Map<string, { buyer: number; order: number; day: number }>();
  const named = new Map<number, { size: number; perBuyer: number }>();

  /** How many uses there is room for in an item; 0 where nothing is limited. */
  const limitAt = (name: string): number => {
    const [scope, id = '', place] = name.split('/');
    if (scope !== 'named') return limits.get(id)?.[scope as 'buyer' | 'order' | 'day'] ?? 0;
    const { size, perBuyer } = named.get(Number(id)) ?? { size: 0, perBuyer: 0 };
    if (place === 'of') return perBuyer;
    return Math.max(0, Math.min(placesPerShard(size), size - placesPerShard(size) * Number(place)));
  };

  /**
   * Where the use of a code stands: with a buyer's and with an order's uses of the campaign; and of a code by name, in its
   * place, and with a buyer's uses of that.
   */
  const namesOf = ({ campaignId, buyer, order, day, isOut }: Owner, code: string): string[] => {
    const [batch, index] = numberOf(code);
    const { size } = named.get(batch) ?? {};
    const place = size === undefined ? [] : [`named/${batch}/${Math.floor(index / placesPerShard(size))}`];
    if (isOut) return place;
    return [
      `buyer/${campaignId}/${buyer}`,
      `order/${campaignId}/${ofOrder(order)}`,
      ...(day === undefined ? [] : [`day/${campaignId}/${day}/${buyer}`]),
      ...place,
      `named/${batch}/of/${buyer}`,
    ];
  };
  const isTheirs = (name: string, owner: Owner, code: string): boolean => namesOf(owner, code).includes(name);

  /** Of one code and one item of uses, as both were at one instant. */
  const judge = (name: string, code: string, now: number, taken: Found | undefined, life: Found | undefined) => {
    const state = (life?.state ?? { status: 'untouched', past: [] }) as unknown as LifeState;
    const found = ownerOf(state);
    const owner = found && isTheirs(name, found, code) ? found : undefined;
    const mine = ((taken?.state as SlotsState | undefined)?.slots ?? []).filter((slot) => slot.code === code);
    let isSaid = false;
    for (const slot of mine) {
      if (owner && isOwn(slot, owner)) {
        isSaid = true;
        continue;
      }
      const { until } = slot;
      const order = orderName(slot.order);
      const ended = state.past.some(
        (hold) =>
          // Ran out; when its order came back and gave the code back by another id, that is told of this one too.
          orderName(hold.order) === order && hold.ended !== 'revoked' && until !== undefined && hold.endedAt >= until,
      );
      const isForgotten = state.past.length >= pastKept && until !== undefined && Date.parse(until) <= now + skewMs;
      if (ended || isForgotten) continue;
      isSaid = true;
      finding.differs(name, `${name} has a slot for ${code}, which is not its order's (${order})`);
    }
    if (owner && !isSaid && !mayBeDropped(owner.until, taken?.since)) {
      const by = owner.isOut ? '' : ` by ${orderName(owner.order)}`;
      finding.differs(name, `${code} is ${state.status}${by}, and ${name} has no slot for it`);
    }
  };

  /** The same of what an order was given. */
  const judgeOwn = (name: string, code: string, given: Found | undefined, life: Found | undefined) => {
    const state = life?.state as unknown as LifeState | undefined;
    const owner = state && ownerOf(state);
    if (!owner || owner.isOut || ownPlacesOf(owner, code) !== name) return;
    if (isGiven((given?.state as { indexes?: number[] } | undefined)?.indexes, code)) return;
    finding.differs(name, `${code} is ${state.status} by ${orderName(owner.order)}, and ${name} does not say so`);
  };

  return {
    items: {
      redemption: ({ pk, sk, state, since }) => {
        if (sk === 'life') {
          const owner = ownerOf(state as unknown as LifeState);
          if (owner) owners.set(pk, owner);
        } else if (sk === 'slots') {
          uses.set(pk, { since, slots: (state as unknown as SlotsState).slots });
        } else if (sk === 'places') {
          ownPlaces.set(pk, (state as { indexes: number[] }).indexes);
        }
      },
      issuance: ({ pk, state }) => {
        const campaignId = after('batches/', pk);
        const { batch, size, terms, named: byName } = state as unknown as BatchState;
        if (campaignId === undefined || !terms) return;
        limits.set(campaignId, { buyer: terms.buyerLimit, order: terms.orderLimit ?? 0, day: terms.dayLimit ?? 0 });
        if (byName) named.set(batch, { size, perBuyer: byName.perBuyer });
      },
    },
    conclude: async ({ tables, now: clock }) => {
      const now = clock();
      /** Pairs that may only seem to disagree, since one was read before the other. */
      const suspects = new Map<string, { name: string; code: string; sk: 'slots' | 'places' }>();
      const suspect = (name: string, code: string, sk: 'slots' | 'places' = 'slots') =>
        suspects.set(`${name} ${code}`, { name, code, sk });
      for (const [name, { slots: taken }] of uses) {
        finding.looked();
        const limit = limitAt(name);
        if (limit > 0 && taken.length > limit) finding.differs(name, `${name} uses ${taken.length} of ${limit}`);
        for (const slot of taken) {
          const owner = owners.get(slot.code);
          const agrees = owner && isTheirs(name, owner, slot.code) && isOwn(slot, owner);
          if (!agrees && !isOver(slot.until, now)) suspect(name, slot.code);
        }
      }
      for (const [code, owner] of owners) {
        for (const name of namesOf(owner, code)) {
          if (limitAt(name) === 0) continue;
          finding.looked();
          const taken = uses.get(name);
          const has = taken?.slots.some((slot) => slot.code === code && isOwn(slot, owner));
          if (!has && !mayBeDropped(owner.until, taken?.since)) suspect(name, code);
        }
        if (owner.isOut || !named.has(numberOf(code)[0])) continue;
        finding.looked();
        const name = ownPlacesOf(owner, code);
        if (!isGiven(ownPlaces.get(name), code)) suspect(name, code, 'places');
      }
      await each([...suspects.values()], async ({ name, code, sk }) => {
        const [found, life] = await tables.snapshot('redemption', [
          { pk: name, sk },
          { pk: code, sk: 'life' },
        ]);
        if (sk === 'slots') judge(name, code, clock(), found, life);
        else judgeOwn(name, code, found, life);
      });
    },
  };
};
