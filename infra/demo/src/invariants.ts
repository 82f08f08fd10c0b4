import { codeSubject, type Heard, type OrderRef } from '@fcode/events';
import { groups } from '@fcode/infra/topics';
import { cutoffsInForce, defaultPolicy, type Ladder, tierAt } from '@fcode/policy';
import { ofType } from './events.ts';
import type { Stage } from './stage.ts';
import type { Found } from './tables.ts';

// What must always hold (DESIGN: invariants), checked from the tables and the log of a system at rest, not from its answers.

/** What is read of items' states, by where they stand. */
interface States {
  campaign: { status: string; batch?: number; definition: { quota: number; buyerLimit: number } };
  pool: { status: string; left?: number };
  lease: { status: string; next: number; end: number };
  batch: { batch: number; size: number; campaignId: string; origin: { kind: string } };
  claimed: { campaignId: string; codes: { batch: number; index: number; allotted?: number; how: string }[] };
  heardStanding: { standing: { S: string } };
  life: { status: string; hold?: { order: OrderRef }; redemption?: { order: OrderRef; redemptionId: string } };
  slots: { slots: { code: string; order: OrderRef; until?: string }[] };
  member: { S: string; pins: string[]; told?: string; kinds: Record<string, { weight: string }> };
  cutoffs: { current?: Parameters<typeof cutoffsInForce>[0] };
  entry: {
    recorded?: { memberId: string; source: string; ref: string; kind: string; weight: string; points: number };
    reversed?: { memberId: string }[];
  };
  referral: {
    status: string;
    made: { inviter: string; invitee: string; redemptionId: string };
    reward?: { rewardId: string; points: number; status: string };
  };
  purchase: { status: string; outcome?: string };
  totals: { claimed?: number; held?: number; redeemed?: number };
}

const nameOf = ({ shop, orderId }: OrderRef): string => `${shop}/${orderId}`;

const sorted = (names: readonly (string | undefined)[]): string =>
  [...names].sort((a = '', b = '') => (a < b ? -1 : 1)).join();

/** Sentences that name what is broken; none when everything holds. The system must be at rest. */
export const brokenIn = async (
  stage: Pick<Stage, 'tables' | 'log' | 'now'>,
  events: readonly Heard[],
): Promise<string[]> => {
  const broken: string[] = [];
  const must = (holds: boolean, sentence: () => string) => {
    if (!holds) broken.push(sentence());
  };
  const read = async (service: Parameters<Stage['tables']['items']>[0]): Promise<Found[]> => {
    const found: Found[] = [];
    for await (const item of stage.tables.items(service)) {
      found.push(item);
      must(item.unpublished === 0, () => `${service} ${item.pk} ${item.sk} has ${item.unpublished} unpublished events`);
    }
    return found;
  };
  const [membership, issuance, redemption, referral, insights] = [
    await read('membership'),
    await read('issuance'),
    await read('redemption'),
    await read('referral'),
    await read('insights'),
  ];
  const at = <Kind extends keyof States>(found: Found[], pk: RegExp, sk: RegExp, _: Kind) =>
    found.flatMap((item) =>
      pk.test(item.pk) && sk.test(item.sk) ? [{ ...item, state: item.state as unknown as States[Kind] }] : [],
    );

  for (const group of Object.keys(groups)) {
    const letters = await stage.log.deadLetters(group);
    must(letters.length === 0, () => `${group} has dead letters: ${letters[0]?.reason}`);
  }

  // One owner a code, and the log tells what the table says.
  const folded = new Map<string, { status: string; order?: string }>();
  const life = ofType(events, 'code.held', 'code.released', 'code.redeemed').sort((a, b) => a.sequence - b.sequence);
  for (const { type, data } of life) {
    const code = codeSubject(data);
    const before = folded.get(code) ?? { status: 'free' };
    const order = nameOf(data.order);
    const isOthers = before.order !== undefined && before.order !== order;
    must(
      !isOthers && before.status !== 'redeemed',
      () => `${code} is ${before.status} by ${before.order}, and then ${type} by ${order}`,
    );
    if (type === 'code.released') folded.set(code, { status: 'free' });
    else folded.set(code, { status: type === 'code.held' ? 'held' : 'redeemed', order });
  }
  const lives = at(redemption, /^code\//, /^life$/, 'life');
  const lifeOf = new Map(lives.map(({ pk, state }) => [pk, state]));
  for (const { pk, state } of lives) {
    const told = folded.get(pk) ?? { status: 'free' };
    const owner = state.hold ?? state.redemption;
    must(told.status === state.status, () => `${pk} is ${state.status} in the table and ${told.status} by the log`);
    must(told.order === (owner && nameOf(owner.order)), () => `${pk} has another owner in the log than in the table`);
  }
  for (const code of folded.keys()) must(lifeOf.has(code), () => `${code} has events, and no item`);

  // Touched is issued.
  const batches = at(issuance, /^batches\//, /^\d+$/, 'batch').map(({ state }) => state);
  const sizeOf = new Map(batches.map(({ batch, size }) => [batch, size]));
  for (const pk of lifeOf.keys()) {
    const [batch = 0, index = 0] = pk.replace('code/', '').split('.').map(Number);
    must(index < (sizeOf.get(batch) ?? 0), () => `${pk} was touched and never issued`);
  }

  // Quotas and allotments.
  const claimedItems = at(issuance, /^member\//, /^codes\/claimed\//, 'claimed');
  for (const { sk: campaignId, state } of at(issuance, /^campaigns$/, /^cmp_/, 'campaign')) {
    if (state.batch === undefined) continue;
    const partition = new RegExp(`^quota/${campaignId}$`);
    const pool = at(issuance, partition, /^pool$/, 'pool')[0]?.state.left ?? 0;
    const leases = at(issuance, partition, /^lease\//, 'lease').filter((lease) => lease.state.status === 'open');
    const leased = leases.reduce((sum, lease) => sum + lease.state.end - lease.state.next, 0);
    const claims = claimedItems
      .filter((item) => item.state.campaignId === campaignId)
      .flatMap((item) => item.state.codes);
    const grants = batches.filter((batch) => batch.campaignId === campaignId && batch.origin.kind === 'grant');
    const granted = grants.reduce((sum, { size }) => sum + size, 0);
    const told = ofType(events, 'code.claimed').filter(
      ({ data }) => data.campaignId === campaignId && data.how === 'claimed',
    );
    const { quota, buyerLimit } = state.definition;
    must(
      pool + leased + claims.length + granted === quota,
      () =>
        `${campaignId}: ${pool} in the pool, ${leased} in leases, ${claims.length} claimed and ${granted} granted are not ${quota}`,
    );
    must(
      told.length === claims.length,
      () => `${campaignId}: ${told.length} claims in the log, ${claims.length} in the table`,
    );
    const numbers = new Set(claims.map(codeSubject));
    must(numbers.size === claims.length, () => `${campaignId}: two members have one code`);
    for (const { pk, state: slots } of at(redemption, new RegExp(`^buyer/${campaignId}/`), /^slots$/, 'slots')) {
      const standing = slots.slots.filter(({ until }) => until === undefined || Date.parse(until) + 5000 > stage.now());
      must(buyerLimit === 0 || standing.length <= buyerLimit, () => `${pk} uses ${standing.length} of ${buyerLimit}`);
      for (const { code, order, until } of slots.slots) {
        if (until !== undefined) continue;
        const owner = lifeOf.get(code)?.redemption?.order;
        must(
          owner !== undefined && nameOf(owner) === nameOf(order),
          () => `${pk} has a slot for ${code}, which is not its order's`,
        );
      }
    }
  }
  for (const { pk, state } of claimedItems) {
    for (const [position, { allotted = 0 }] of state.codes.entries()) {
      must(position < allotted, () => `${pk} claimed ${position + 1} codes when ${allotted} were allotted`);
    }
  }

  // Every redemption has its event, and came to an end in referral.
  const redeemed = ofType(events, 'code.redeemed');
  const purchases = at(referral, /^code\//, /^purchase\//, 'purchase');
  const settledOnes = new Map(purchases.map(({ sk, state }) => [sk.replace('purchase/', ''), state]));
  for (const { data } of redeemed) {
    const purchase = settledOnes.get(data.redemptionId);
    must(
      purchase?.status === 'settled',
      () => `redemption ${data.redemptionId} is ${purchase?.status ?? 'unknown'} in referral`,
    );
  }
  for (const { pk, state } of lives) {
    const id = state.redemption?.redemptionId;
    must(
      id === undefined || redeemed.some(({ data }) => data.redemptionId === id),
      () => `${pk} is redeemed, and has no event`,
    );
  }

  // Referrals: one a purchase, nobody's own, no circles; what vested stands in the ledger.
  const edges = at(referral, /^referral\//, /^edge$/, 'referral').filter(({ state }) => state.status === 'made');
  const inviterOf = new Map(edges.map(({ state: { made } }) => [made.invitee, `m:${made.inviter}`]));
  must(
    new Set(edges.map(({ state }) => state.made.redemptionId)).size === edges.length,
    () => 'one purchase made two referrals',
  );
  for (const invitee of inviterOf.keys()) {
    const seen = new Set([invitee]);
    for (let up = inviterOf.get(invitee); up !== undefined; up = inviterOf.get(up)) {
      must(!seen.has(up), () => `${invitee} invited himself, by way of ${seen.size} others`);
      if (seen.has(up)) break;
      seen.add(up);
    }
  }
  const entries = at(membership, /^ledger\//, /^entry$/, 'entry').map(({ state }) => state);
  const counted = entries.filter(
    ({ recorded, reversed }) => recorded && !reversed?.some(({ memberId }) => memberId === recorded.memberId),
  );
  const rewards = counted
    .filter(({ recorded }) => recorded?.source === 'referral')
    .map(({ recorded }) => recorded?.ref);
  const vested = edges.flatMap(({ state: { reward } }) => (reward?.status === 'vested' ? [reward.rewardId] : []));
  must(
    vested.length === edges.filter(({ state }) => state.reward?.status !== 'reversed').length,
    () => 'a reward never vested',
  );
  must(sorted(rewards) === sorted(vested), () => `${vested.length} vested rewards, ${rewards.length} in the ledger`);

  // Sums are the ledger's, here and where they were heard; and what members were told of their tier is so.
  const sums = new Map<string, bigint>();
  for (const { recorded } of counted) {
    if (recorded) sums.set(recorded.memberId, (sums.get(recorded.memberId) ?? 0n) + BigInt(recorded.weight));
  }
  const heardBy = new Map(at(issuance, /^member\//, /^standing$/, 'heardStanding').map(({ pk, state }) => [pk, state]));
  const current = at(membership, /^cutoffs$/, /^current$/, 'cutoffs')[0]?.state.current;
  const ladder: Ladder = { policy: defaultPolicy, ...(current ? { cutoffs: cutoffsInForce(current) } : {}) };
  const scale = { t0: Date.parse(defaultPolicy.t0), halfLifeDays: defaultPolicy.halfLifeDays };
  for (const { pk, state } of at(membership, /^member\//, /^standing$/, 'member')) {
    const { tier } = tierAt(ladder, { ...scale, S: state.S, pins: state.pins }, stage.now());
    const told = state.told ?? 'fan';
    must(told === tier, () => `${pk} is ${tier}, and was told ${told}`);
    const sum = sums.get(pk.replace('member/', '')) ?? 0n;
    const kinds = Object.values(state.kinds).reduce((total, { weight }) => total + BigInt(weight), 0n);
    must(state.S === String(sum), () => `${pk} has ${state.S}, its ledger ${sum}`);
    must(kinds === sum, () => `${pk} is made of ${kinds}, its ledger of ${sum}`);
    must((heardBy.get(pk)?.standing.S ?? '0') === state.S, () => `${pk} stands elsewhere in issuance`);
  }

  // What insights counted is what happened.
  const totals = at(insights, /^funnel\//, /^totals\//, 'totals');
  for (const [pk, counted] of Map.groupBy(totals, (item) => item.pk)) {
    const campaignId = pk.replace('funnel/', '');
    const sum = (what: keyof States['totals']) => counted.reduce((all, { state }) => all + (state[what] ?? 0), 0);
    const count = (type: 'code.claimed' | 'code.held' | 'code.redeemed') =>
      ofType(events, type).filter(({ data }) => data.campaignId === campaignId).length;
    for (const [what, type] of [
      ['claimed', 'code.claimed'],
      ['held', 'code.held'],
      ['redeemed', 'code.redeemed'],
    ] as const) {
      must(sum(what) === count(type), () => `${pk} counts ${sum(what)} ${what}, the log ${count(type)}`);
    }
  }
  return broken;
};
