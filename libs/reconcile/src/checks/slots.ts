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
  hold?: { order: OrderRef; buyer: string; campaignId: string; holdUntil: string };
  redemption?: { order: OrderRef; buyer: string; campaignId: string };
}

interface SlotsState {
  slots: { code: string; order: OrderRef; until?: string }[];
}

/** Who has a code: until when, or for good. */
interface Owner {
  buyer: string;
  campaignId: string;
  order: OrderRef;
  until?: string;
}

/** Whose uses of a campaign's codes are limited. */
const scopes = ['buyer', 'order'] as const;
type Scope = (typeof scopes)[number];

/** A code keeps no more of its past holds than this. */
const pastKept = 24;
/** So long after its end a hold still takes its slot. */
const graceMs = 5000;

const ownerOf = ({ hold, redemption }: LifeState): Owner | undefined => {
  const owner = hold ?? redemption;
  if (!owner) return undefined;
  const { buyer, campaignId, order } = owner;
  return { buyer, campaignId, order, ...(hold ? { until: hold.holdUntil } : {}) };
};

/** Where the uses of a code's owner stand: the buyer's and the order's. */
const keyOf: Record<Scope, (owner: Owner) => string> = {
  buyer: ({ campaignId, buyer }) => `buyer/${campaignId}/${buyer}`,
  order: ({ campaignId, order: { shop, orderId } }) => `order/${campaignId}/${encodeURIComponent(shop)}/${orderId}`,
};
const isTheirs = (name: string, owner: Owner): boolean => scopes.some((scope) => keyOf[scope](owner) === name);

/** By everybody's clock: a hold that is over locks nobody out, so that its slot may be left where it is. */
const isOver = (until: string | undefined, now: number): boolean =>
  until !== undefined && Date.parse(until) + graceMs + skewMs <= now;

/** The slot of a hold that is over goes with a change of whose it is; by any clock, no later than the last one (`since`). */
const mayBeDropped = (until: string | undefined, since: number | undefined): boolean =>
  until !== undefined && since !== undefined && Date.parse(until) + graceMs <= since + skewMs;

type Slot = SlotsState['slots'][number];

const isOwn = (slot: Slot, owner: Owner): boolean =>
  orderName(slot.order) === orderName(owner.order) && slot.until === owner.until;

/** A buyer's or an order's uses of a limit, against the codes that they are for. */
export const slots: Family = (open) => {
  const finding = open(
    'slots',
    'no buyer and no order is beyond the limit of a campaign, and each use is of a code that they have',
  );
  const owners = new Map<string, Owner>();
  const uses = new Map<string, { since: number; slots: Slot[] }>();
  const limits = new Map<string, Record<Scope, number>>();
  const limitOf = (campaignId: string, scope: Scope): number => limits.get(campaignId)?.[scope] ?? 0;

  /** Of one code and one buyer or order, as both were at one instant. */
  const judge = (name: string, code: string, now: number, taken: Found | undefined, life: Found | undefined) => {
    const state = (life?.state ?? { status: 'untouched', past: [] }) as unknown as LifeState;
    const found = ownerOf(state);
    const owner = found && isTheirs(name, found) ? found : undefined;
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
      finding.differs(name, `${code} is ${state.status} by ${orderName(owner.order)}, and ${name} has no slot for it`);
    }
  };

  return {
    items: {
      redemption: ({ pk, sk, state, since }) => {
        if (sk === 'life') {
          const owner = ownerOf(state as unknown as LifeState);
          if (owner) owners.set(pk, owner);
        } else if (sk === 'slots') {
          uses.set(pk, { since, slots: (state as unknown as SlotsState).slots });
        }
      },
      issuance: ({ pk, state }) => {
        const campaignId = after('batches/', pk);
        const { terms } = state as { terms?: { buyerLimit: number; orderLimit?: number } };
        if (campaignId !== undefined && terms) {
          limits.set(campaignId, { buyer: terms.buyerLimit, order: terms.orderLimit ?? 0 });
        }
      },
    },
    conclude: async ({ tables, now: clock }) => {
      const now = clock();
      /** Pairs that may only seem to disagree, since one was read before the other. */
      const suspects = new Map<string, { name: string; code: string }>();
      const suspect = (name: string, code: string) => suspects.set(`${name} ${code}`, { name, code });
      for (const [name, { slots: taken }] of uses) {
        finding.looked();
        const [scope, campaignId = ''] = name.split('/');
        const limit = limitOf(campaignId, scope as Scope);
        if (limit > 0 && taken.length > limit) finding.differs(name, `${name} uses ${taken.length} of ${limit}`);
        for (const slot of taken) {
          const owner = owners.get(slot.code);
          const agrees = owner && isTheirs(name, owner) && isOwn(slot, owner);
          if (!agrees && !isOver(slot.until, now)) suspect(name, slot.code);
        }
      }
      for (const [code, owner] of owners) {
        for (const scope of scopes) {
          if (limitOf(owner.campaignId, scope) === 0) continue;
          finding.looked();
          const name = keyOf[scope](owner);
          const taken = uses.get(name);
          const has = taken?.slots.some((slot) => slot.code === code && isOwn(slot, owner));
          if (!has && !mayBeDropped(owner.until, taken?.since)) suspect(name, code);
        }
      }
      await each([...suspects.values()], async ({ name, code }) => {
        const [taken, life] = await tables.snapshot('redemption', [
          { pk: name, sk: 'slots' },
          { pk: code, sk: 'life' },
        ]);
        judge(name, code, clock(), taken, life);
      });
    },
  };
};
