/** One thing that happened, as a history tells it. */
export interface Entry {
  type: string;
  at: string;
  data: Record<string, unknown>;
  eventId: string;
  correlationId: string;
  causationId?: string;
  /** Of an order's history: whose order, and by which code. */
  shop?: string;
  code?: string;
}

/** One request and what followed from it, the first thing first. */
export interface Step {
  id: string;
  entries: readonly [Entry, ...Entry[]];
}

/** What the system does by itself has no request's id: all of it has the same word. */
const isOwnDoing = (correlationId: string): boolean => /^[a-z]+$/.test(correlationId);

/** Each after what caused it; otherwise by time. */
const causesFirst = (entries: readonly Entry[]): Entry[] => {
  const known = new Set(entries.map(({ eventId }) => eventId));
  const byTime = entries.toSorted((a, b) => a.at.localeCompare(b.at));
  const withEffects = (entry: Entry): Entry[] => [
    entry,
    ...byTime
      .filter(({ causationId, eventId }) => causationId === entry.eventId && eventId !== causationId)
      .flatMap(withEffects),
  ];
  return byTime
    .filter(({ causationId = '', eventId }) => !known.has(causationId) || causationId === eventId)
    .flatMap(withEffects);
};

/** Entries of one request as one step; steps in the order in which the entries come, which may be the newest first. */
export const stepsOf = (entries: readonly Entry[], isNewestFirst: boolean): Step[] => {
  const keys = new Map<string, string>();
  const steps = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { eventId, correlationId, causationId = '' } = entry;
    const key = isOwnDoing(correlationId) ? (keys.get(causationId) ?? eventId) : correlationId;
    keys.set(eventId, key);
    steps.set(key, [...(steps.get(key) ?? []), entry]);
  }
  return [...steps].flatMap(([id, found]) => {
    const [first, ...rest] = causesFirst(isNewestFirst ? found.toReversed() : found);
    return first ? [{ id, entries: [first, ...rest] as const }] : [];
  });
};

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
/** What an event has there, where that is a text or a number. */
export const textIn = (value: unknown): string => text(value) ?? '';
const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : []);
/** Of a claim: since when the member had been on the waitlist; undefined where the code came from the allotment. */
export const waitedSince = ({ receipt }: Entry['data']): string | undefined =>
  text(records(record(receipt).reasons).find(({ code }) => code === 'waited')?.since);
/** Of a claim: the rule that gave the code, from 1, and the member's tier at that instant; undefined where there is none. */
export const grounds = ({ receipt }: Entry['data']): { rule?: string | undefined; tier?: string | undefined } => {
  const { reasons, tier } = record(receipt);
  return { rule: text(records(reasons).findLast(({ code }) => code === 'rule_holds')?.rule), tier: text(tier) };
};
/** As redemption names a buyer who is a member. */
const memberOf = (buyer: unknown): string | undefined =>
  typeof buyer === 'string' && buyer.startsWith('m:') ? buyer.slice(2) : undefined;

/** What an entry speaks of, and can be looked up. */
export interface About {
  code?: string;
  order?: { shop: string; orderId: string };
  members: string[];
  campaignId?: string;
  by?: string;
}

export const aboutOf = ({ data, code }: Entry): About => {
  const { batch, index, campaignId, by } = data;
  const hold = record(data.hold);
  const order = record(data.order ?? hold.order);
  const [shop, orderId] = [text(order.shop), text(order.orderId)];
  const numbered = typeof batch === 'number' && typeof index === 'number' ? `${batch}.${index}` : undefined;
  const members = [
    text(data.memberId),
    text(data.inviter),
    text(data.from),
    text(data.to),
    memberOf(data.buyer),
    memberOf(data.invitee),
    memberOf(hold.buyer),
  ].flatMap((member) => member ?? []);
  const found = code ?? numbered;
  return {
    ...(found !== undefined && { code: found }),
    ...(shop !== undefined && orderId !== undefined && { order: { shop, orderId } }),
    // Of a change of tier, `from` and `to` are tiers.
    members: 'because' in data ? [text(data.memberId) ?? ''] : [...new Set(members)],
    ...(typeof campaignId === 'string' && { campaignId }),
    ...(typeof by === 'string' && { by }),
  };
};
