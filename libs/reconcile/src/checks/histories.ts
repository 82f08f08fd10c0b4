import { hash } from 'node:crypto';
import { nameOf } from '@fcode/dynamo';
import {
  catalog,
  codeSubject,
  type EventType,
  type FactOfType,
  type Heard,
  type OrderRef,
  padSequence,
} from '@fcode/events';
import { atRest, type Family, type System } from '../check.ts';
import { addedTo, fingerprintOf } from '../fingerprint.ts';
import { orderName } from '../names.ts';
import type { Found } from '../tables.ts';
import { auditedIn, auditedTypes } from './audited.ts';

const lists = ['orders', 'members', 'canaries', 'audit'] as const;
type List = (typeof lists)[number];

/** One thing that insights shows, where it does so, and what it is: as it stands there, or as it was told. */
interface Listed {
  list: List;
  name: string;
  what: string;
}

/** An event as a history of an order or a member keeps it: more of it may have come to its data since it was heard. */
interface EntryState {
  entry?: { type: string; at: string; eventId: string; correlationId: string; shop?: string; code?: string };
}

interface AuditState {
  kept?: { action: string; who: string; at: string; subject: string; eventId: string; correlationId: string };
}

interface TouchState {
  touch?: FactOfType<'canary.touched'>['data'];
}

const digestOf = (id: string): string => hash('sha1', id).slice(0, 16);
const instantOf = (at: string): string => new Date(at).toISOString();
const monthIn = (place: string): string => place.slice(0, 'YYYY-MM'.length);
const placeOf = ({ id, sequence, time }: Heard): string =>
  `${instantOf(time)}/${padSequence(sequence)}/${digestOf(id)}`;
const entryWords = (type: string, at: string, id: string, correlationId: string): string =>
  `${type} at ${at} by ${id} for ${correlationId}`;
const auditWords = (action: string, who: string, subject: string, words: string): string =>
  `${action} of ${subject} by ${who}, ${words}`;
const touchWords = ({ campaignId, verb, shop, orderId, touchedAt }: FactOfType<'canary.touched'>['data']): string =>
  `${verb} of ${campaignId} at ${shop} for order ${orderId ?? 'none'} at ${touchedAt}`;
const left = 'what an action left';
const nothing = 'nothing';

const codeOf = (code: { batch: number; index: number }): string => codeSubject(code).slice('code/'.length);
const orderWords = (words: string, shop: string | undefined, code: string | undefined): string =>
  `${words}, of ${shop} with ${code}`;

/** The order of what an event tells; that of a referral's is the one of its purchase. */
const orderOf = (event: Heard, purchases: ReadonlyMap<string, OrderRef>): OrderRef | undefined => {
  switch (event.type) {
    case 'code.held':
    case 'code.hold_extended':
    case 'code.released':
    case 'code.redeemed':
    case 'code.hold_lost':
    case 'code.refunded':
    case 'code.cancelled':
      return event.data.order;
    case 'code.revoked':
      return event.data.hold?.order;
    case 'referral.made':
    case 'reward.pending':
    case 'reward.vested':
    case 'reward.reduced':
    case 'reward.reversed':
      return purchases.get(event.data.redemptionId);
    default:
      return undefined;
  }
};
const orderTypes = [
  'code.held',
  'code.hold_extended',
  'code.released',
  'code.redeemed',
  'code.hold_lost',
  'code.refunded',
  'code.cancelled',
  'code.revoked',
] as const satisfies EventType[];

/** Redemption names a buyer who is a member so; a guest is nobody's history. */
const memberIn = (buyer: string | undefined): string[] => (buyer?.startsWith('m:') ? [buyer.slice('m:'.length)] : []);
const whose = ({ memberId }: { memberId: string }): string[] => [memberId];
const inviter = (data: { inviter: string }): string[] => [data.inviter];
const buyer = (data: { buyer: string }): string[] => memberIn(data.buyer);

/** Whose history tells an event. */
const members = {
  'badge.awarded': whose,
  'badge.withdrawn': whose,
  'code.accepted': ({ from, to }) => [from, to],
  'code.cancelled': buyer,
  'code.claimed': whose,
  'code.offered': ({ from }) => [from],
  'code.redeemed': buyer,
  'code.refunded': buyer,
  'code.revoked': ({ hold }) => memberIn(hold?.buyer),
  'code.withdrawn': ({ from }) => [from],
  'link.created': whose,
  'member.pinned': whose,
  'member.revoked': whose,
  'points.returned': whose,
  'points.spent': whose,
  'purchase.refused': whose,
  'referral.made': ({ inviter: by, invitee }) => [by, ...memberIn(invitee)],
  'reward.pending': inviter,
  'reward.reduced': inviter,
  'reward.reversed': inviter,
  'reward.vested': inviter,
  'tier.changed': whose,
  'waitlist.joined': whose,
  'waitlist.lapsed': whose,
  'waitlist.left': whose,
  'waitlist.offered': whose,
} satisfies { [Type in EventType]?: (data: FactOfType<Type>['data']) => string[] };

const membersOf = ({ type, data }: Heard): string[] => {
  const membersIn = (members as { [Type in EventType]?: (data: Heard['data']) => string[] })[type];
  return [...new Set(membersIn?.(data) ?? [])];
};

const types = [
  ...new Set<EventType>([...orderTypes, ...(Object.keys(members) as EventType[]), ...auditedTypes, 'canary.touched']),
];

/** Everything that must stand somewhere because of an event. `purchases`: the orders of redemptions. */
const toldBy = (event: Heard, purchases: ReadonlyMap<string, OrderRef>): Listed[] => {
  const { type, id, time, sequence, correlationId } = event;
  const place = placeOf(event);
  const words = entryWords(type, time, id, correlationId);
  const told: Listed[] = membersOf(event).map((memberId) => ({
    list: 'members',
    name: `member/${memberId}#${place}`,
    what: words,
  }));
  const order = orderOf(event, purchases);
  if (order) {
    const code = codeOf(event.data as { batch: number; index: number });
    told.push({ list: 'orders', name: `order/${order.orderId}#${place}`, what: orderWords(words, order.shop, code) });
  }
  if (type === 'code.redeemed') {
    const { redemptionId, order: of } = event.data;
    told.push({ list: 'orders', name: `redemption/${redemptionId}#order`, what: orderName(of) });
  }
  if (type === 'canary.touched') {
    const at = event.data.touchedAt;
    const name = `canary-touches/${monthIn(at)}#${at}/${codeOf(event.data)}/${padSequence(sequence)}`;
    told.push({ list: 'canaries', name, what: touchWords(event.data) });
  }
  const done = auditedIn(event);
  if (done) {
    const shard = Number.parseInt(digestOf(id).slice(0, 2), 16) % 4;
    const subject = (catalog[type].subject as (data: unknown) => string)(event.data);
    told.push({
      list: 'audit',
      name: `audit/${monthIn(place)}/${shard}#${place}`,
      what: auditWords(done.action, done.who, subject, entryWords(type, instantOf(time), id, correlationId)),
    });
    if (done.trail !== undefined) {
      told.push({ list: 'audit', name: `trail/${done.trail}#${padSequence(sequence)}`, what: left });
    }
  }
  return told;
};

/** Actions that are called otherwise than the events that tell of them. */
const typeOfAction: Record<string, string> = { 'batch.granted': 'batch.created', 'code.reissued': 'code.redeemed' };

/** What an item of insights shows; undefined when it is of no list here. */
const listedIn = (item: Found): Listed | undefined => {
  const { pk, state } = item;
  const name = nameOf(item);
  const [kind] = pk.split('/', 1);
  if (!pk.includes('/')) return undefined;
  switch (kind) {
    case 'order':
    case 'member': {
      const { entry } = state as EntryState;
      if (!entry) return { list: kind === 'order' ? 'orders' : 'members', name, what: nothing };
      const words = entryWords(entry.type, entry.at, entry.eventId, entry.correlationId);
      return kind === 'order'
        ? { list: 'orders', name, what: orderWords(words, entry.shop, entry.code) }
        : { list: 'members', name, what: words };
    }
    case 'redemption': {
      const { order } = state as { order?: OrderRef };
      return { list: 'orders', name, what: order ? orderName(order) : nothing };
    }
    case 'canary-touches': {
      const { touch } = state as TouchState;
      return { list: 'canaries', name, what: touch ? touchWords(touch) : nothing };
    }
    case 'audit': {
      const { kept } = state as AuditState;
      if (!kept) return { list: 'audit', name, what: nothing };
      const { action, who, at, subject, eventId, correlationId } = kept;
      // Of a request: the only thing here that no event tells.
      if (action === 'audit.exported' && eventId === `insights/audit@${correlationId}`) return undefined;
      const type = typeOfAction[action] ?? action;
      return {
        list: 'audit',
        name,
        what: auditWords(action, who, subject, entryWords(type, at, eventId, correlationId)),
      };
    }
    case 'trail':
      return { list: 'audit', name, what: 'left' in state ? left : nothing };
    default:
      return undefined;
  }
};

const about: Record<List, [name: string, about: string]> = {
  orders: ['order-histories', 'insights tells of each order what happened to it, once, and nothing else'],
  members: ['member-histories', 'insights tells of each member what happened, once, and nothing else'],
  canaries: ['canary-touches', 'insights lists each touch of a code that nobody was given, and no other'],
  audit: ['audit', 'insights has what ops did, and what each action left, once, and nothing else'],
};

/** A list is held against the log in so many parts, a sum for each: what is kept does not grow with it. */
const parts = 4096;
/** Parts of which it is said what is wrong with them. */
const lookedIntoAtMost = 64;

class Sums {
  readonly inTable = new Float64Array(parts);
  readonly inLog = new Float64Array(parts);

  static partOf({ name, what }: Listed): number {
    return fingerprintOf(name, what) % parts;
  }

  static add(sums: Float64Array, { name, what }: Listed): void {
    const fingerprint = fingerprintOf(name, what);
    const part = fingerprint % parts;
    sums[part] = addedTo(sums[part] as number, fingerprint);
  }

  differing(): number[] {
    return Array.from(this.inTable.keys()).filter((part) => this.inTable[part] !== this.inLog[part]);
  }
}

/**
 * What happened, as insights tells it: of an order, of a member, of codes that nobody was given, and of ops. Both sides pass by
 * and leave their sums; where these are not the same, all of it is read once more, and what is of such a part is compared.
 */
export const histories: Family = (open) => {
  const findings = Object.fromEntries(lists.map((list) => [list, open(...about[list])])) as Record<
    List,
    ReturnType<typeof open>
  >;
  const sums = Object.fromEntries(lists.map((list) => [list, new Sums()])) as Record<List, Sums>;
  /** Of redemptions, which are read before the referrals that they make: a topic comes after the other. */
  const purchases = new Map<string, OrderRef>();
  /** Months that have something, and those of which that is noted, since otherwise nobody looks into them. */
  const months = new Set<string>();
  const begun = new Set<string>();

  const onEvent = (event: Heard) => {
    if (event.type === 'code.redeemed' && !purchases.has(event.data.redemptionId)) {
      purchases.set(event.data.redemptionId, event.data.order);
    }
    for (const told of toldBy(event, purchases)) Sums.add(sums[told.list].inLog, told);
  };

  /** Reads both sides once more, and says what of some parts is on one of them only. */
  const lookInto = async ({ tables, events }: System, suspects: Record<List, Set<number>>): Promise<void> => {
    const [inTable, inLog] = [new Map<string, Listed>(), new Map<string, Listed>()];
    const keep = (side: Map<string, Listed>, listed: Listed) => {
      if (suspects[listed.list].has(Sums.partOf(listed)) && !side.has(listed.name)) side.set(listed.name, listed);
    };
    for await (const item of tables.items('insights')) {
      const listed = listedIn(item);
      if (listed) keep(inTable, listed);
    }
    for await (const event of events()) for (const told of toldBy(event, purchases)) keep(inLog, told);
    for (const [name, { list, what }] of inTable) {
      const expected = inLog.get(name)?.what;
      if (expected !== what) findings[list].differs(name, `${name} is ${what}, and ${expected ?? nothing} was told`);
    }
    for (const [name, { list, what }] of inLog) {
      if (!inTable.has(name)) findings[list].differs(name, `${name} is not there: ${what}`);
    }
  };

  return {
    items: {
      insights: (item) => {
        const { pk, sk } = item;
        if (pk === 'audit' || pk === 'canary-touches') begun.add(`${pk}/${sk}`);
        const listed = listedIn(item);
        if (pk.startsWith('audit/') || pk.startsWith('canary-touches/')) {
          months.add(pk.split('/', 2).join('/'));
        }
        if (!listed) return;
        findings[listed.list].looked();
        Sums.add(sums[listed.list].inTable, listed);
      },
    },
    events: Object.fromEntries(types.map((type) => [type, onEvent])),
    conclude: async (system) => {
      for (const month of months) {
        if (begun.has(month)) continue;
        const list = month.startsWith('audit/') ? 'audit' : 'canaries';
        findings[list].differs(month, `${month} has something, and nobody is told to look there`);
      }
      const suspects = Object.fromEntries(lists.map((list) => [list, new Set<number>()])) as Record<List, Set<number>>;
      for (const list of lists) {
        atRest(findings[list], system, () => {
          const differing = sums[list].differing();
          suspects[list] = new Set(differing.slice(0, lookedIntoAtMost));
          const others = differing.length - lookedIntoAtMost;
          if (others <= 0) return;
          const [name] = about[list];
          findings[list].differs(
            name,
            `${name} differ in ${others} other parts of ${parts}, which were not looked into`,
          );
        });
      }
      if (lists.some((list) => suspects[list].size > 0)) await lookInto(system, suspects);
    },
  };
};
