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
  order: string;
  until?: string;
}

/** A code keeps no more of its past holds than this. */
const pastKept = 24;
/** So long after its end a hold still takes its slot. */
const graceMs = 5000;

const ownerOf = ({ hold, redemption }: LifeState): Owner | undefined => {
  const owner = hold ?? redemption;
  if (!owner) return undefined;
  const { buyer, campaignId, order } = owner;
  return { buyer, campaignId, order: orderName(order), ...(hold ? { until: hold.holdUntil } : {}) };
};

const slotsKey = ({ campaignId, buyer }: { campaignId: string; buyer: string }): string =>
  `buyer/${campaignId}/${buyer}`;

/** By everybody's clock: a hold that is over locks nobody out, so that its slot may be left where it is. */
const isOver = (until: string | undefined, now: number): boolean =>
  until !== undefined && Date.parse(until) + graceMs + skewMs <= now;

/** The slot of a hold that is over goes with a change of the buyer's; by any clock, no later than the last one (`since`). */
const mayBeDropped = (until: string | undefined, since: number | undefined): boolean =>
  until !== undefined && since !== undefined && Date.parse(until) + graceMs <= since + skewMs;

type Slot = Omit<Owner, 'buyer' | 'campaignId'>;

const isOwn = (slot: Slot, owner: Slot): boolean => slot.order === owner.order && slot.until === owner.until;

/** A buyer's uses of a limit, against the codes that they are for. */
export const slots: Family = (open) => {
  const finding = open(
    'slots',
    'no buyer is beyond the limit of a campaign, and each use is of a code that the buyer has',
  );
  const owners = new Map<string, Owner>();
  const uses = new Map<string, { since: number; slots: (Slot & { code: string })[] }>();
  const limits = new Map<string, number>();

  /** Of one code and one buyer, as both were at one instant. */
  const judge = (name: string, code: string, now: number, taken: Found | undefined, life: Found | undefined) => {
    const state = (life?.state ?? { status: 'untouched', past: [] }) as unknown as LifeState;
    const found = ownerOf(state);
    const owner = found && slotsKey(found) === name ? found : undefined;
    const mine = ((taken?.state as SlotsState | undefined)?.slots ?? []).filter((slot) => slot.code === code);
    let isSaid = false;
    for (const { order: ref, until } of mine) {
      const order = orderName(ref);
      if (owner && isOwn({ order, ...(until === undefined ? {} : { until }) }, owner)) {
        isSaid = true;
        continue;
      }
      const ended = state.past.some(
        (hold) =>
          orderName(hold.order) === order && hold.ended === 'expired' && until !== undefined && hold.endedAt >= until,
      );
      const isForgotten = state.past.length >= pastKept && until !== undefined && Date.parse(until) <= now + skewMs;
      if (ended || isForgotten) continue;
      isSaid = true;
      finding.differs(name, `${name} has a slot for ${code}, which is not its order's (${order})`);
    }
    if (owner && !isSaid && !mayBeDropped(owner.until, taken?.since)) {
      finding.differs(name, `${code} is ${state.status} by ${owner.order}, and ${name} has no slot for it`);
    }
  };

  return {
    items: {
      redemption: ({ pk, sk, state, since }) => {
        if (sk === 'life') {
          const owner = ownerOf(state as unknown as LifeState);
          if (owner) owners.set(pk, owner);
        } else if (sk === 'slots') {
          const taken = (state as unknown as SlotsState).slots.map(({ code, order, until }) => ({
            code,
            order: orderName(order),
            ...(until === undefined ? {} : { until }),
          }));
          uses.set(pk, { since, slots: taken });
        }
      },
      issuance: ({ pk, state }) => {
        const campaignId = after('batches/', pk);
        const { terms } = state as { terms?: { buyerLimit: number } };
        if (campaignId !== undefined && terms) limits.set(campaignId, terms.buyerLimit);
      },
    },
    conclude: async ({ tables, now: clock }) => {
      const now = clock();
      /** Pairs that may only seem to disagree, since one was read before the other. */
      const suspects = new Map<string, { name: string; code: string }>();
      const suspect = (name: string, code: string) => suspects.set(`${name} ${code}`, { name, code });
      for (const [name, { slots: taken }] of uses) {
        finding.looked();
        const [campaignId = ''] = name.split('/').slice(1);
        const limit = limits.get(campaignId) ?? 0;
        if (limit > 0 && taken.length > limit) finding.differs(name, `${name} uses ${taken.length} of ${limit}`);
        for (const slot of taken) {
          const owner = owners.get(slot.code);
          const agrees = owner && slotsKey(owner) === name && isOwn(slot, owner);
          if (!agrees && !isOver(slot.until, now)) suspect(name, slot.code);
        }
      }
      for (const [code, owner] of owners) {
        if ((limits.get(owner.campaignId) ?? 0) === 0) continue;
        finding.looked();
        const name = slotsKey(owner);
        const taken = uses.get(name);
        const has = taken?.slots.some((slot) => slot.code === code && isOwn(slot, owner));
        if (!has && !mayBeDropped(owner.until, taken?.since)) suspect(name, code);
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
