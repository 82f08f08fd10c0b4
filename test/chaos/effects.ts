import { codeSubject, type EventType, type Heard } from '@fcode/events';
import { ofType } from '@fcode/reconcile';
import { isAcknowledged, type Operation, type Verb } from './history.ts';

/** What became of the effects that clients were told of, and of those that they were not told of. */
export interface Effects {
  /** Acknowledged, and not there. */
  lost: string[];
  /** There more than once. */
  duplicated: string[];
  /** Answers that were wrong in themselves. */
  violations: string[];
}

/** The event that a request of a kind makes at most once, however often it is sent. */
const effectOf: Partial<Record<Verb, EventType>> = {
  hold: 'code.held',
  confirm: 'code.redeemed',
  redeem: 'code.redeemed',
  release: 'code.released',
  extend: 'code.hold_extended',
  cancel: 'code.cancelled',
  claim: 'code.claimed',
  join: 'waitlist.joined',
  take: 'code.claimed',
  leave: 'waitlist.left',
  supply: 'waitlist.supplied',
  ask: 'grant.requested',
  grant: 'batch.created',
  link: 'link.created',
  reverse: 'reward.reversed',
};

/** Refusals that may be right; those about codes are judged by the states of the codes. */
const mayBeRefused: Partial<Record<Verb, RegExp>> = {
  claim: /^(sold_out|allotment_used|campaign_paused)$/,
  // Another request of the member took a place meanwhile.
  join: /^has_code$/,
  // It went on to whoever was next.
  take: /^no_place_offered$/,
  leave: /^$/,
  supply: /^$/,
  place: /^$/,
  ask: /^$/,
  grant: /^(quota_exceeded|campaign_paused)$/,
  // Until the campaign is known there.
  link: /^campaign_not_found$/,
  forge: /^(code_not_valid|too_many_attempts)$/,
  switch: /^$/,
  reverse: /^$/,
  contribute: /^$/,
  check: /^$/,
  mine: /^$/,
  referrals: /^$/,
  click: /^$/,
};

const wrongAtAll = new Set([400, 401, 403, 405, 413, 415, 422]);
const nameOf = ({ verb, id, by }: Operation): string => `${verb} ${id} of ${by}`;
const isRefused = ({ endedAt, status = 0 }: Operation): boolean => endedAt !== undefined && status >= 400;

/**
 * Compares what clients were told with what stands in the log, in which each event is to be found once. `quotas` by
 * campaign. The system must have come to rest.
 */
export const judgeEffects = (
  operations: readonly Operation[],
  events: readonly Heard[],
  quotas: ReadonlyMap<string, number>,
): Effects => {
  const effects: Effects = { lost: [], duplicated: [], violations: [] };
  const wrong = (operation: Operation, what: string) => effects.violations.push(`${nameOf(operation)}: ${what}`);
  const exactlyOnce = (operation: Operation, what: string, found: readonly unknown[] | undefined) => {
    const times = found?.length ?? 0;
    if (times === 0) effects.lost.push(`${nameOf(operation)}: ${what} was acknowledged, and is nowhere`);
    if (times > 1) effects.duplicated.push(`${nameOf(operation)}: ${what} is there ${times} times`);
  };

  const orderOf = ({ shop, orderId }: { shop: string; orderId: string }) => `${shop}/${orderId}`;
  const held = Map.groupBy(ofType(events, 'code.held'), ({ data }) => data.holdId);
  const released = Map.groupBy(ofType(events, 'code.released'), ({ data }) => data.holdId);
  const redeemed = ofType(events, 'code.redeemed');
  const cancelled = Map.groupBy(ofType(events, 'code.cancelled'), ({ data }) => data.redemptionId);
  const extended = Map.groupBy(ofType(events, 'code.hold_extended'), ({ data }) => data.holdId);
  /** What ended a hold without a purchase that lasted: its release, or the cancellation of what was bought by it. */
  const endsOf = (holdId: string) =>
    released.get(holdId) ??
    redeemed.flatMap(({ data }) => (data.holdId === holdId ? (cancelled.get(data.redemptionId) ?? []) : []));
  const redeemedBy = Map.groupBy(
    redeemed,
    ({ data }) => `${codeSubject(data)} ${data.redemptionId} ${orderOf(data.order)}`,
  );
  const lossesOf = Map.groupBy(
    ofType(events, 'code.hold_lost'),
    ({ data }) => `${codeSubject(data)} ${orderOf(data.order)}`,
  );
  const claims = ofType(events, 'code.claimed');
  const claimed = Map.groupBy(claims, ({ data }) => codeSubject(data));
  const grantedIn = Map.groupBy(
    claims.filter(({ data }) => data.how === 'granted'),
    ({ data }) => data.batch,
  );
  const batches = ofType(events, 'batch.created');
  const batch = Map.groupBy(batches, ({ data }) => data.batch);
  const requested = Map.groupBy(ofType(events, 'grant.requested'), ({ data }) => data.grantId);
  /** The batch comes with the last approval. */
  const batchOf = new Map(ofType(events, 'grant.approved').map(({ data }) => [data.grantId, data.batch ?? -1]));
  const links = Map.groupBy(ofType(events, 'link.created'), ({ data }) => data.linkId);
  const waits = waitsIn(events);
  const supplied = ofType(events, 'waitlist.supplied');
  const attemptsOf = Map.groupBy(operations, ({ request }) => request);
  const reversed = Map.groupBy(ofType(events, 'reward.reversed'), ({ data }) => data.referralId);
  const recorded = Map.groupBy(ofType(events, 'contribution.recorded'), ({ data }) => `${data.source} ${data.ref}`);
  const takenBack = Map.groupBy(ofType(events, 'contribution.reversed'), ({ data }) => `${data.source} ${data.ref}`);
  const causedBy = Map.groupBy(events, ({ correlationId }) => correlationId);

  /** Codes of the quota that nobody has at the end; nothing ever returns to it, so there were no fewer before. */
  const leftOf = (campaign = '') =>
    (quotas.get(campaign) ?? 0) -
    claims.filter(({ data }) => data.campaignId === campaign && data.how === 'claimed').length -
    batches.reduce(
      (sum, { data }) => sum + (data.campaignId === campaign && data.origin.kind === 'grant' ? data.size : 0),
      0,
    );
  const lefts = new Map([...quotas.keys()].map((campaign) => [campaign, leftOf(campaign)]));

  for (const operation of operations) {
    const { verb, answer = {}, status = 0, word = '', endedAt, code = '', by, order = '', campaign = '' } = operation;
    // Only a bug is answered so: what is away or busy is 503.
    if (status === 500) wrong(operation, `was answered 500 ${word}`);
    if (endedAt === undefined) continue;
    if (wrongAtAll.has(status)) wrong(operation, `was answered ${status} ${word}`);
    if (verb === 'forge' && status < 400) wrong(operation, `a forged code was answered ${status}`);
    if (isRefused(operation)) {
      if (mayBeRefused[verb]?.test(word) === false) wrong(operation, `was refused: ${status} ${word}`);
      const left = lefts.get(campaign) ?? 0;
      if (word === 'sold_out' && left > 0) wrong(operation, `was told sold_out, and ${left} codes are left`);
      if (word === 'quota_exceeded' && left >= Number(operation.about?.codes)) {
        wrong(operation, `was told quota_exceeded for ${Number(operation.about?.codes)}, and ${left} codes are left`);
      }
      if (verb === 'confirm' && word === 'hold_lost') {
        exactlyOnce(operation, 'the loss of the hold', lossesOf.get(`${code} ${by}/${order}`));
      }
      const made = (causedBy.get(operation.id) ?? []).filter(({ type }) => type === effectOf[verb]);
      if (made.length > 0) wrong(operation, `was refused with ${word}, and made ${made[0]?.type}`);
      continue;
    }
    switch (verb) {
      case 'hold':
        exactlyOnce(operation, `hold ${String(answer.holdId)}`, held.get(String(answer.holdId)));
        break;
      case 'release':
        exactlyOnce(operation, `the release of ${operation.holdId}`, endsOf(operation.holdId ?? ''));
        break;
      case 'extend':
        exactlyOnce(operation, `the extension of ${String(answer.holdId)}`, extended.get(String(answer.holdId)));
        break;
      case 'cancel':
        exactlyOnce(operation, 'the cancellation', cancelled.get(operation.redemptionId ?? ''));
        break;
      case 'confirm':
      case 'redeem': {
        const id = String(answer.redemptionId);
        exactlyOnce(operation, `redemption ${id}`, redeemedBy.get(`${code} ${id} ${by}/${order}`));
        break;
      }
      case 'claim':
      case 'take': {
        const name = `code/${Number(answer.batch)}.${Number(answer.index)}`;
        const mine = claimed.get(name)?.filter(({ data }) => data.memberId === by && data.campaignId === campaign);
        exactlyOnce(operation, `the claim of ${name}`, mine);
        break;
      }
      case 'join':
      case 'leave': {
        const wait = waits.get(`${campaign} ${by} ${String(answer.since)}`);
        exactlyOnce(operation, `the wait since ${String(answer.since)}`, wait?.joined);
        if (answer.status === 'left')
          exactlyOnce(operation, `the end of the wait since ${String(answer.since)}`, wait?.left);
        break;
      }
      case 'supply': {
        const ids = new Set(attemptsOf.get(operation.request)?.map(({ id }) => id));
        const mine = supplied.filter(({ correlationId }) => ids.has(correlationId));
        exactlyOnce(operation, `the supply of ${Number(answer.places)} places`, mine);
        break;
      }
      case 'ask':
        exactlyOnce(operation, `grant ${String(answer.grantId)}`, requested.get(String(answer.grantId)));
        break;
      case 'grant': {
        const { codes, memberId } = operation.about as { codes: number; memberId?: string };
        const number = batchOf.get(String(answer.grantId)) ?? -1;
        exactlyOnce(operation, `the batch of ${String(answer.grantId)}`, batch.get(number));
        const inHand = (grantedIn.get(number) ?? []).filter(({ data }) => data.memberId === memberId);
        if (memberId !== undefined && inHand.length !== codes) {
          effects.lost.push(`${nameOf(operation)}: ${inHand.length} of ${codes} granted codes reached ${memberId}`);
        }
        break;
      }
      case 'link': {
        const { campaignId, channel } = operation.about as { campaignId: string; channel: string };
        const mine = links
          .get(String(answer.linkId))
          ?.filter(({ data }) => data.memberId === by && data.campaignId === campaignId && data.channel === channel);
        exactlyOnce(operation, `link ${String(answer.linkId)}`, mine);
        break;
      }
      case 'reverse':
        exactlyOnce(operation, 'the reversal', reversed.get(String(operation.about?.referralId)));
        break;
      case 'contribute': {
        const { rows } = operation.about as { rows: { source: string; ref: string; kind: string }[] };
        const results = answer.results as { status: string; reason?: string }[];
        rows.forEach(({ source, ref, kind }, row) => {
          const name = `${source} ${ref}`;
          const counted = kind === 'reversal' ? takenBack : recorded;
          if (results[row]?.status === 'refused') wrong(operation, `${name} was refused: ${results[row]?.reason}`);
          else exactlyOnce(operation, name, onceKnown(counted.get(name)));
        });
        break;
      }
      default:
    }
  }

  for (const [code, all] of Map.groupBy(redeemed, ({ data }) => codeSubject(data))) {
    const orders = all.map(({ data }) => orderOf(data.order)).join(', ');
    const givenBack = all.filter(({ data }) => cancelled.has(data.redemptionId)).length;
    if (all.length - givenBack > 1) effects.duplicated.push(`${code} was sold ${all.length} times: ${orders}`);
  }
  for (const [code, all] of claimed) {
    if (all.length > 1) effects.duplicated.push(`${code} was handed out ${all.length} times`);
  }
  for (const [name, all] of recorded) {
    if (all.length > 1) effects.duplicated.push(`contribution ${name} was counted ${all.length} times`);
  }

  // However often a request was sent, and whatever anybody was told: it happened once or not at all, and had one answer.
  for (const [request, attempts] of attemptsOf) {
    const verb = attempts[0]?.verb;
    const effect = verb && effectOf[verb];
    if (!effect) continue;
    const made = attempts.flatMap(({ id }) => (causedBy.get(id) ?? []).filter(({ type }) => type === effect));
    const own =
      verb === 'release' ? ofType(made, 'code.released').filter(({ data }) => data.cause === 'released') : made;
    if (own.length > 1)
      effects.duplicated.push(`${verb} ${request}: ${attempts.length} attempts made ${own.length} ${effect}`);
    const answers = new Set(attempts.flatMap(({ text }) => text ?? []));
    if (answers.size > 1) {
      effects.violations.push(`${verb} ${request}: was answered in ${answers.size} ways: ${[...answers].join(' | ')}`);
    }
    const first = attempts.find(isAcknowledged);
    for (const again of attempts) {
      if (first?.endedAt === undefined || again.startedAt < first.endedAt || !isRefused(again)) continue;
      wrong(again, `was answered ${again.status} ${again.word}, after ${first.id} had been answered ${first.status}`);
    }
  }
  effects.violations.push(...judgePlaces(operations, waits));
  effects.violations.push(...judgeClaimReads(operations, claimed), ...judgePauses(operations, events, causedBy));
  effects.lost.push(...judgeCredits(redeemed, claims, ofType(events, 'referral.made')));
  return effects;
};

/** A reversal that came before its contribution is told twice: when it came, and with what it took back. */
const onceKnown = (found: readonly Heard<'contribution.recorded' | 'contribution.reversed'>[] = []) => {
  const known = found.filter(({ data }) => data.kind !== undefined);
  return known.length > 0 ? known : found;
};

/** What was told of one wait of a member, from joining to its end. */
interface Told {
  joined: Heard<'waitlist.joined'>[];
  offered: Heard<'waitlist.offered'>[];
  lapsed: Heard<'waitlist.lapsed'>[];
  left: Heard<'waitlist.left'>[];
}

/** By campaign, member and since when: a member may wait again. */
const waitsIn = (events: readonly Heard[]): Map<string, Told> => {
  const waits = new Map<string, Told>();
  const steps = ofType(events, 'waitlist.joined', 'waitlist.offered', 'waitlist.lapsed', 'waitlist.left');
  for (const all of Map.groupBy(steps, ({ aggregate }) => aggregate).values()) {
    let told: Told | undefined;
    for (const event of all.toSorted((a, b) => a.sequence - b.sequence)) {
      const { campaignId, memberId } = event.data;
      if (event.type === 'waitlist.joined') {
        const name = `${campaignId} ${memberId} ${event.data.since}`;
        told = waits.get(name) ?? { joined: [], offered: [], lapsed: [], left: [] };
        waits.set(name, told);
      }
      if (event.type === 'waitlist.joined') told?.joined.push(event);
      else if (event.type === 'waitlist.offered') told?.offered.push(event);
      else if (event.type === 'waitlist.lapsed') told?.lapsed.push(event);
      else told?.left.push(event);
    }
  }
  return waits;
};

/** Who looks at a place sees what was told of it: an offer that was made once, and an end that came once. */
const judgePlaces = (operations: readonly Operation[], waits: ReadonlyMap<string, Told>): string[] =>
  operations.flatMap((operation) => {
    const { verb, campaign, by, answer = {} } = operation;
    if (verb !== 'place' || !isAcknowledged(operation) || answer.status === 'none') return [];
    const { joined, offered, lapsed, left } = waits.get(`${campaign} ${by} ${String(answer.since)}`) ?? nothing;
    const told = { waiting: joined, offered, taken: offered, lapsed, left }[String(answer.status) as 'waiting'];
    return told?.length === 1
      ? []
      : [
          `${nameOf(operation)}: is ${String(answer.status)} since ${String(answer.since)}, told ${told?.length ?? 0} times`,
        ];
  });
const nothing: Told = { joined: [], offered: [], lapsed: [], left: [] };

/** A member's list shows every code whose claim had been answered, and none that was not the member's. */
const judgeClaimReads = (
  operations: readonly Operation[],
  claimed: ReadonlyMap<string, readonly Heard<'code.claimed'>[]>,
): string[] => {
  const claims = Map.groupBy(
    operations.filter((operation) => operation.verb === 'claim' && isAcknowledged(operation)),
    ({ by }) => by,
  );
  return operations.flatMap((operation) => {
    if (operation.verb !== 'mine' || !isAcknowledged(operation)) return [];
    const { items, cursor } = operation.answer as { items: { batch: number; index: number }[]; cursor?: string };
    const listed = new Set(items.map(codeSubject));
    const missing = (claims.get(operation.by) ?? []).filter(
      ({ endedAt = 0, answer }) =>
        endedAt < operation.startedAt && !listed.has(`code/${Number(answer?.batch)}.${Number(answer?.index)}`),
    );
    const foreign = [...listed].filter(
      (name) => !claimed.get(name)?.some(({ data }) => data.memberId === operation.by),
    );
    return [
      ...(cursor === undefined && missing.length > 0
        ? [`${nameOf(operation)}: lacks ${missing.length} codes that were claimed before`]
        : []),
      ...foreign.map((name) => `${nameOf(operation)}: lists ${name}, which was never theirs`),
    ];
  });
};

/** After a pause has been answered, no claim that comes later succeeds until somebody has asked to resume. */
const judgePauses = (
  operations: readonly Operation[],
  events: readonly Heard[],
  causedBy: ReadonlyMap<string, readonly Heard[]>,
): string[] => {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const resumes = Map.groupBy(ofType(events, 'campaign.resumed'), ({ data }) => data.campaignId);
  const pauses = operations.flatMap((pause) => {
    if (pause.verb !== 'switch' || !isAcknowledged(pause)) return [];
    const paused = ofType(causedBy.get(pause.id) ?? [], 'campaign.paused')[0];
    if (!paused) return [];
    const resumed = (resumes.get(paused.data.campaignId) ?? [])
      .filter(({ sequence }) => sequence > paused.sequence)
      .sort((a, b) => a.sequence - b.sequence)[0];
    // Whoever resumed it had asked by then; without anybody, it stays so.
    const until = resumed ? (byId.get(resumed.correlationId)?.startedAt ?? 0) : Number.POSITIVE_INFINITY;
    return [{ pause, campaign: paused.data.campaignId, from: pause.endedAt ?? 0, until }];
  });
  return operations.flatMap((claim) => {
    if (claim.verb !== 'claim' || !causedBy.get(claim.id)?.some(({ type }) => type === 'code.claimed')) return [];
    const { startedAt, endedAt } = claim;
    if (endedAt === undefined) return [];
    return pauses
      .filter(({ campaign, from, until }) => campaign === claim.campaign && startedAt > from && endedAt < until)
      .map(({ pause }) => `${nameOf(claim)}: took a code while ${pause.id} had paused the campaign`);
  });
};

/** A guest who buys with a member's code is that member's friend; here every guest buys once. */
const judgeCredits = (
  redeemed: readonly Heard<'code.redeemed'>[],
  claims: readonly Heard<'code.claimed'>[],
  made: readonly Heard<'referral.made'>[],
): string[] => {
  const ownerOf = new Map(claims.map(({ data }) => [codeSubject(data), data.memberId]));
  const madeBy = Map.groupBy(made, ({ data }) => data.redemptionId);
  return redeemed.flatMap(({ data }) => {
    const owner = ownerOf.get(codeSubject(data));
    if (owner === undefined || !data.buyer.startsWith('g:')) return [];
    const inviters = (madeBy.get(data.redemptionId) ?? []).map((referral) => referral.data.inviter);
    if (inviters.length === 1 && inviters[0] === owner) return [];
    return [`${data.redemptionId}: made a referral of ${inviters.join(', ') || 'nobody'}, and the code was ${owner}'s`];
  });
};
