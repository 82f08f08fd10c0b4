import {
  codeClaimed,
  type EventType,
  type FactOfType,
  type Heard,
  hear,
  purchaseRefused,
  toCloudEvent,
} from '@fcode/events';
import { type Fact, type Policy, policySchema, scoreAt, weightOf } from '@fcode/policy';
import { until } from '@fcode/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Buy, buy, priceNow } from './buy.rule.ts';
import { type Contribution, contribute } from './contribute.rule.ts';
import {
  type Bench,
  dayMs,
  did,
  hourMs,
  type Instance,
  iso,
  noon as now,
  scorePolicy,
  startBench,
  takenBack,
  type World,
} from './fixtures/bench.ts';
import { Ladders } from './ladders.ts';
import { type Entry, entryRef } from './ledger.ts';
import { balanceOf, type Member, memberRef, stranger } from './member.ts';
import { onBought, onPurchaseRefused } from './on-purchase.ts';
import { type Purchase, purchaseRef } from './purchase.ts';
import { bought, giveBack } from './purchase-outcome.rules.ts';
import { PurchaseStore } from './purchase-store.ts';

const pricePolicy: Policy = policySchema.parse({ ...scorePolicy, prices: { code: 10 } });
const ladder = { policy: pricePolicy };
const campaignId = 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NA';
const another = 'cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9NB';

const wish = (rest: Partial<Buy> = {}): Buy => ({
  memberId: 'm_mia',
  purchaseId: 'pur_1',
  campaignId,
  region: '',
  at: now,
  ...rest,
});
const none: Purchase = { status: 'none' };
const list = { purchaseId: '' };
const has = (points: number, rest: Partial<Member> = {}): Member => ({
  ...stranger,
  S: String(weightOf(pricePolicy, points, now)),
  t0: Date.parse(pricePolicy.t0),
  halfLifeDays: pricePolicy.halfLifeDays,
  ...rest,
});
const factsOf = (decision: { outcome: string; facts?: Fact[] }): Fact[] => {
  if (decision.outcome !== 'accepted') throw new Error(decision.outcome);
  return decision.facts as Fact[];
};
const memberAfter = (member: Member, facts: Fact[]) => facts.reduce(memberRef('m_mia').evolve, member);
const purchaseAfter = (purchase: Purchase, facts: Fact[]) => facts.reduce(purchaseRef('pur_1').evolve, purchase);

describe('a purchase with points', () => {
  it('takes the price off the score, as points count now, and says so with the tier that is left', () => {
    const rich = has(25, { told: 'loyal', pins: ['angel'], awards: [['tester', now]] });
    const decision = buy(wish({ region: 'DE' }), ladder, rich, none, list);
    expect(decision).toMatchObject({
      outcome: 'accepted',
      receipt: { purchaseId: 'pur_1', campaignId, points: 10, spentAt: iso(now) },
    });
    const facts = factsOf(decision);
    expect(facts.map(({ type }) => type)).toEqual(['points.spent', 'score.changed', 'tier.changed']);
    expect(facts[0]?.data).toMatchObject({
      memberId: 'm_mia',
      weight: String(weightOf(pricePolicy, 10, now)),
      region: 'DE',
    });
    // What it does not move is told along with it.
    expect(facts[1]?.data).toMatchObject({ pins: ['angel'], badges: ['tester'] });
    const member = memberAfter(rich, facts);
    expect(scoreAt(member, now)).toBeCloseTo(15, 6);
    expect(member.kinds.purchase).toEqual({ count: 1, weight: String(-weightOf(pricePolicy, 10, now)) });
  });

  it('may cost a tier, which is told as any fall is', () => {
    const facts = factsOf(buy(wish(), ladder, has(25, { told: 'loyal' }), none, list));
    expect(facts.at(-1)).toMatchObject({ type: 'tier.changed', data: { from: 'loyal', to: 'fan', because: 'score' } });
  });

  it('may take all that there is, to the last millionth, and not one more', () => {
    const decision = buy(wish(), ladder, has(10), none, list);
    expect(memberAfter(has(10), factsOf(decision))).toMatchObject({ S: '0' });
    const short = { ...has(10), S: String(weightOf(pricePolicy, 10, now) - 1n) };
    expect(buy(wish(), ladder, short, none, list)).toMatchObject({
      outcome: 'refused',
      refusal: 'score_too_low',
      reasons: [{ code: 'score_too_low', price: 10, policy: pricePolicy.version }],
    });
  });

  it('is of the score as it is now: what faded buys nothing', () => {
    expect(buy(wish({ at: now + hourMs }), ladder, has(10), none, list)).toMatchObject({ refusal: 'score_too_low' });
    expect(buy(wish({ at: now + 180 * dayMs }), ladder, has(20), none, list)).toMatchObject({ outcome: 'accepted' });
  });

  it('is refused where the policy has no price, and where something is owed', () => {
    expect(buy(wish(), { policy: scorePolicy }, has(99), none, list)).toMatchObject({ refusal: 'nothing_for_sale' });
    expect(buy(wish(), ladder, { ...stranger, owed: '1' }, none, list)).toMatchObject({ refusal: 'score_too_low' });
  });

  it('gets its first answer again, whatever has become of score, price and purchase; its key is no other wish', () => {
    const decision = buy(wish(), ladder, has(10), none, list);
    const pending = purchaseAfter(none, factsOf(decision));
    const before = 'receipt' in decision && decision.receipt;
    for (const purchase of [
      pending,
      purchaseAfter(pending, factsOf(bought({ purchaseId: 'pur_1', batch: 1, index: 2, boughtAt: iso(now) }, pending))),
      purchaseAfter(pending, factsOf(giveBack('sold_out', ladder, now, stranger, pending))),
    ]) {
      const again = buy(wish({ at: now + dayMs }), { policy: scorePolicy }, stranger, purchase, list);
      expect(again).toMatchObject({ outcome: 'again' });
      expect(JSON.stringify('receipt' in again && again.receipt)).toBe(JSON.stringify(before));
    }
    const other = buy(wish({ campaignId: another }), ladder, has(99), pending, list);
    expect(other).toMatchObject({ refusal: 'idempotency_key_reused' });
  });
});

describe('the price, before anybody buys', () => {
  const priceFor = (member: Member, at = now) => priceNow('m_mia', ladder, member, at);

  it.each<[string, Member, string]>([
    ['keeps a tier that the rest of the points reach', has(35), 'loyal'],
    ['takes a tier that it does not', has(25), 'fan'],
    ['keeps a tier that was given by hand', has(25, { pins: ['loyal'] }), 'loyal'],
    ['keeps the tier that is open to all, to the last point', has(10), 'fan'],
  ])('%s, as the purchase then does', (_, member, tier) => {
    const bought = memberAfter(member, factsOf(buy(wish(), ladder, member, none, list)));
    expect(priceFor(member)).toEqual({ points: 10, after: { score: scoreAt(bought, now), tier } });
  });

  it('leaves nothing to tell where the points are not enough any more, and is none where nothing is for sale', () => {
    expect(priceFor(has(10), now + hourMs)).toEqual({ points: 10 });
    expect(priceFor({ ...stranger, owed: '1' })).toEqual({ points: 10 });
    expect(priceNow('m_mia', { policy: scorePolicy }, has(99), now)).toBeUndefined();
  });
});

describe('the end of a purchase', () => {
  const pending = purchaseAfter(none, factsOf(buy(wish(), ladder, has(10), none, list)));
  const code = { purchaseId: 'pur_1', batch: 12, index: 7, boughtAt: iso(now) };
  const isBought = purchaseAfter(pending, factsOf(bought(code, pending)));
  const isRefunded = purchaseAfter(pending, factsOf(giveBack('sold_out', ladder, now, stranger, pending)));

  it('is a code, or the points again, told once', () => {
    expect(isBought).toMatchObject({ status: 'bought', batch: 12, index: 7, boughtAt: iso(now), points: 10 });
    expect(isRefunded).toMatchObject({ status: 'refunded', reason: 'sold_out', refundedAt: iso(now), points: 10 });
    expect(bought(code, isBought).outcome).toBe('again');
    expect(giveBack('sold_out', ladder, now, stranger, isRefunded).outcome).toBe('again');
  });

  it('is never both, and none of what is not known', () => {
    expect(bought(code, isRefunded)).toMatchObject({ refusal: 'purchase_refunded' });
    expect(giveBack('sold_out', ladder, now, stranger, isBought)).toMatchObject({ refusal: 'purchase_bought' });
    expect(bought(code, none)).toMatchObject({ refusal: 'purchase_unknown' });
    expect(giveBack('sold_out', ladder, now, stranger, none)).toMatchObject({ refusal: 'purchase_unknown' });
  });

  it('gives back what was taken, however long it took, and whatever was earned meanwhile', () => {
    const rich = has(12, { kinds: { feat: { count: 1, weight: has(12).S } } });
    const spent = memberAfter(rich, factsOf(buy(wish(), ladder, rich, none, list)));
    const facts = factsOf(giveBack('sold_out', ladder, now + 90 * dayMs, spent, pending));
    expect(facts.map(({ type }) => type)).toEqual(['points.returned', 'score.changed']);
    expect(memberAfter(spent, facts)).toMatchObject({ S: rich.S, kinds: rich.kinds });
    expect(Object.keys(memberAfter(spent, facts).kinds)).toEqual(['feat']);
  });
});

describe('a score that was spent', () => {
  it('is never below zero: what is taken back of it later is owed, and the next contributions pay it first', () => {
    const row = (ref: string, kind: string): Contribution => ({
      memberId: 'm_mia',
      source: 'github',
      ref,
      kind,
      occurredAt: now,
    });
    const entries = new Map([
      ['github/1', { recorded: { ...row('1', 'feat'), occurredAt: iso(now), points: 10, weight: has(10).S } }],
    ]);
    const earned = has(10, { kinds: { feat: { count: 1, weight: has(10).S } } });
    const spent = memberAfter(earned, factsOf(buy(wish(), ladder, earned, none, list)));
    const indebted = memberAfter(spent, factsOf(contribute([row('1', 'reversal')], ladder, now, spent, entries)));
    expect(indebted).toMatchObject({ S: '0', owed: has(10).S, kinds: { purchase: { count: 1 } } });
    expect(buy(wish({ purchaseId: 'pur_2' }), ladder, indebted, none, list)).toMatchObject({
      refusal: 'score_too_low',
    });
    // 6 of 10 are paid, then all of it, and the rest is a score.
    const paying = memberAfter(indebted, factsOf(contribute([row('2', 'docs')], ladder, now, indebted, new Map())));
    expect(paying.S).toBe('0');
    expect(balanceOf(paying)).toBe(-(weightOf(pricePolicy, 10, now) - weightOf(pricePolicy, 6, now)));
    const paid = memberAfter(paying, factsOf(contribute([row('3', 'fix')], ladder, now, paying, new Map())));
    expect(scoreAt(paid, now)).toBeCloseTo(4, 6);
    expect(paid).not.toHaveProperty('owed');
  });

  it('is what was earned less what was spent and taken back, whatever happens in whichever order, and never below zero', () => {
    const kinds = ['feat', 'fix', 'docs'] as const;
    const step = fc.record({
      what: fc.constantFrom('earn', 'take', 'buy', 'refund'),
      which: fc.nat(9),
      ago: fc.nat(300),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let member = stranger;
        const entries = new Map<string, Entry>();
        const purchases = new Map<string, Purchase>();
        for (const [n, { what, which, ago }] of steps.entries()) {
          const at = now + n * hourMs;
          let facts: Fact[] = [];
          if (what === 'earn' || what === 'take') {
            const kind = what === 'take' ? 'reversal' : (kinds[which % 3] as string);
            const row = { memberId: 'm_mia', source: 'github', ref: String(which), kind, occurredAt: at - ago * dayMs };
            const decision = contribute([row], ladder, at, member, entries);
            facts = decision.outcome === 'accepted' ? decision.facts : [];
            const name = `github/${which}`;
            entries.set(name, facts.reduce(entryRef(row).evolve, entries.get(name) ?? {}));
          } else {
            const purchaseId = `pur_${which}`;
            const known = purchases.get(purchaseId) ?? none;
            const decision =
              what === 'buy'
                ? buy(wish({ purchaseId, at }), ladder, member, known, list)
                : giveBack('sold_out', ladder, at, member, known);
            facts = decision.outcome === 'accepted' ? decision.facts : [];
            purchases.set(purchaseId, facts.reduce(purchaseRef(purchaseId).evolve, known));
          }
          member = memberAfter(member, facts);
          expect(BigInt(member.S) >= 0n && (member.owed === undefined || member.S === '0')).toBe(true);
        }
        const earned = [...entries.values()].map(({ recorded, reversed = [] }) =>
          recorded && reversed.length === 0 ? BigInt(recorded.weight) : 0n,
        );
        const spent = [...purchases.values()].map((one) => (one.status === 'pending' ? -BigInt(one.weight) : 0n));
        expect(balanceOf(member)).toBe([...earned, ...spent].reduce((sum, weight) => sum + weight, 0n));
        const made = Object.values(member.kinds).reduce((sum, { weight }) => sum + BigInt(weight), 0n);
        expect(balanceOf(member)).toBe(made);
      }),
    );
  });
});

const heardOf = <Type extends EventType>(fact: FactOfType<Type>, aggregate: string, sequence = 1): Heard<Type> =>
  hear(
    toCloudEvent(aggregate, { ...fact, sequence, time: iso(now), correlationId: 'test', causationId: 'test' }),
  ) as Heard<Type>;

describe('points that buy codes, over HTTP on two instances', () => {
  let bench: Bench;
  let world: World;
  let instances: [Instance, Instance];
  beforeAll(async () => {
    bench = await startBench();
    world = await bench.world({ policy: pricePolicy });
    instances = [world.open(), world.open()];
  });
  afterAll(() => bench.stop());

  const clock = () => bench.time.now;
  const earn = async (memberId: string, feats: number) => {
    const rows = Array.from({ length: feats }, () => did(memberId, { occurredAt: iso(clock()) }));
    await instances[0].contribute(rows);
    return rows;
  };
  const ask = (which: number, memberId: string, key: string, campaign = campaignId) =>
    instances[which % 2 === 0 ? 0 : 1].ask(
      'POST',
      '/v1/me/purchases',
      `member:${memberId}`,
      { campaignId: campaign },
      key,
    );
  const look = async (memberId: string, path = '') =>
    (await instances[1].ask('GET', `/v1/me/purchases${path}`, `member:${memberId}`)).body;
  const storeOf = ({ store }: Instance) => new PurchaseStore(store, new Ladders(store, pricePolicy));
  const spentBy = async (memberId: string) =>
    (await world.facts('points.spent')).filter((data) => data.memberId === memberId);
  const claimed = (memberId: string, purchaseId: string, index: number) =>
    heardOf<'code.claimed'>(
      codeClaimed.of({ batch: 12, index, campaignId, memberId, how: 'bought', purchaseId }),
      `member/${memberId}#codes/bought/${purchaseId}`,
    );
  const refused = (memberId: string, purchaseId: string) =>
    heardOf<'purchase.refused'>(
      purchaseRefused.of({ purchaseId, memberId, campaignId, reason: 'sold_out' }),
      `member/${memberId}#codes/bought/${purchaseId}`,
    );

  it('lets twenty purchases at once, with points for three, be exactly three, and no score be below zero', async () => {
    await earn('m_race', 3);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n, 'm_race', `wish ${n}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    const others = answers.filter(({ status }) => status !== 201);
    expect(others.every(({ status, body }) => status === 409 && body.type === 'urn:fcode:problem:score_too_low')).toBe(
      true,
    );
    const member = await instances[0].member('m_race');
    expect(member).toMatchObject({ S: '0', kinds: { purchase: { count: 3 } } });
    expect(member).not.toHaveProperty('owed');
    expect((await look('m_race')).items).toHaveLength(3);
    expect((await instances[1].ask('GET', '/v1/me/standing', 'member:m_race')).body.price).toEqual({ points: 10 });
    const told = await until(async () => {
      const found = await spentBy('m_race');
      return found.length >= 3 && found;
    });
    expect(told).toHaveLength(3);
    const sums = (await world.facts('score.changed')).filter(({ memberId }) => memberId === 'm_race');
    expect(sums.every(({ S, owed }) => BigInt(S) >= 0n && owed === undefined)).toBe(true);
  });

  it('is never below zero either while contributions are taken back at the same time', async () => {
    const rows = await earn('m_both', 4);
    await Promise.all([
      ...Array.from({ length: 12 }, (_, n) => ask(n, 'm_both', `wish ${n}`)),
      ...rows.map((row, n) => instances[n % 2 === 0 ? 0 : 1].contribute([takenBack(row)])),
    ]);
    const member = await instances[0].member('m_both');
    const count = member.kinds.purchase?.count ?? 0;
    // All was taken back: what was spent of it is owed.
    expect(balanceOf(member)).toBe(-BigInt(count) * weightOf(pricePolicy, 10, clock()));
    expect(member.S).toBe('0');
    const standing = await instances[0].standing('m_both');
    expect(standing.score).toBe(0);
  });

  it('takes a wish that is sent twenty times at once as one, and answers each of them to the letter', async () => {
    await earn('m_once', 2);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n, 'm_once', 'one wish')));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(answers.filter(({ replayed }) => replayed)).toHaveLength(19);
    expect((await instances[0].member('m_once')).kinds.purchase?.count).toBe(1);
    // The member's item keeps 32 answers, and the ledger this one.
    for (let n = 0; n < 34; n += 1) {
      await instances[0].pinned('m_once', n % 2 === 0 ? ['core'] : [], `pin ${n}`);
    }
    bench.time.now += 40 * dayMs;
    const late = await ask(1, 'm_once', 'one wish');
    expect([late.status, late.replayed, late.body]).toEqual([201, true, answers[0]?.body]);
    bench.time.now -= 40 * dayMs;
    expect(await ask(0, 'm_once', 'one wish', another)).toMatchObject({
      status: 422,
      body: { type: 'urn:fcode:problem:idempotency_key_reused' },
    });
    // The same key of somebody else is another wish.
    expect((await ask(0, 'm_poor', 'one wish')).status).toBe(409);
  });

  it('has the code that issuance gave, however often and by however many that is heard', async () => {
    await earn('m_code', 1);
    const { body: before } = await instances[1].ask('GET', '/v1/me/standing', 'member:m_code');
    expect(before.price).toEqual({ points: 10, after: { score: 0, tier: 'fan' } });
    const { purchaseId } = (await ask(0, 'm_code', 'a')).body as { purchaseId: string };
    expect(await look('m_code', `/${purchaseId}`)).toEqual({
      purchaseId,
      campaignId,
      points: 10,
      spentAt: iso(clock()),
      status: 'pending',
    });
    const heard = claimed('m_code', purchaseId, 7);
    await Promise.all([0, 1, 0, 1].map((n) => onBought(storeOf(instances[n] as Instance), clock)(heard)));
    await onBought(storeOf(instances[0]), clock)(heard);
    expect(await look('m_code', `/${purchaseId}`)).toMatchObject({
      status: 'bought',
      batch: 12,
      index: 7,
      boughtAt: iso(now),
    });
    await expect(onPurchaseRefused(storeOf(instances[0]), clock)(refused('m_code', purchaseId))).rejects.toThrow(
      'purchase_bought',
    );
    expect(await look('m_code', `/${purchaseId}`)).toMatchObject({ status: 'bought' });
  });

  it('has its points again to the last millionth when it is refused, once, however often and by however many', async () => {
    await earn('m_back', 1);
    const before = await instances[0].member('m_back');
    const { purchaseId } = (await ask(0, 'm_back', 'a')).body as { purchaseId: string };
    expect((await instances[0].member('m_back')).S).toBe('0');
    bench.time.now += 5 * dayMs;
    // Other things happen to the member meanwhile, and are not undone.
    await earn('m_back', 1);
    const more = await instances[0].member('m_back');
    const heard = refused('m_back', purchaseId);
    await Promise.all([0, 1, 0, 1].map((n) => onPurchaseRefused(storeOf(instances[n] as Instance), clock)(heard)));
    await onPurchaseRefused(storeOf(instances[1]), clock)(heard);
    const after = await instances[0].member('m_back');
    expect(BigInt(after.S)).toBe(BigInt(before.S) + BigInt(more.S));
    expect(after.kinds).not.toHaveProperty('purchase');
    expect(await look('m_back', `/${purchaseId}`)).toMatchObject({
      status: 'refunded',
      reason: 'sold_out',
      refundedAt: iso(clock()),
    });
    const returned = await until(async () => {
      const found = (await world.facts('points.returned')).filter(({ memberId }) => memberId === 'm_back');
      return found.length >= 1 && found;
    });
    expect(returned).toHaveLength(1);
    await expect(onBought(storeOf(instances[0]), clock)(claimed('m_back', purchaseId, 9))).rejects.toThrow(
      'purchase_refunded',
    );
    bench.time.now -= 5 * dayMs;
  });

  it('hears of its ends by the log in any order with others, and passes over codes that nobody bought', async () => {
    await earn('m_log', 3);
    const ids: string[] = [];
    for (const key of ['a', 'b', 'c']) ids.push((await ask(0, 'm_log', key)).body.purchaseId as string);
    const [a = '', b = '', c = ''] = ids;
    const listening = world.open();
    await listening.service.start();
    const event = (fact: Fact, aggregate: string) =>
      toCloudEvent(aggregate, { ...fact, sequence: 1, time: iso(now), correlationId: 'test', causationId: 'test' });
    const codes = (id: string) => `member/m_log#codes/bought/${id}`;
    const out = purchaseRefused.of({ purchaseId: c, memberId: 'm_log', campaignId, reason: 'campaign_closed' });
    const sold = (purchaseId: string, index: number) =>
      codeClaimed.of({ batch: 12, index, campaignId, memberId: 'm_log', how: 'bought', purchaseId });
    const granted = codeClaimed.of({ batch: 13, index: 1, campaignId, memberId: 'm_log', how: 'granted' });
    const all = [event(out, codes(c)), event(sold(b, 2), codes(b)), event(granted, 'member/m_log#codes/granted/13')];
    await world.log.append([...all, event(sold(a, 1), codes(a)), ...all.toReversed()]);
    await until(async () => (await look('m_log', `/${a}`)).status === 'bought', 'the last of them');
    await until(async () => (await look('m_log', `/${c}`)).status === 'refunded', 'the refund');
    const { items } = (await look('m_log')) as { items: { purchaseId: string; status: string }[] };
    expect(new Map(items.map(({ purchaseId, status }) => [purchaseId, status]))).toEqual(
      new Map([
        [a, 'bought'],
        [b, 'bought'],
        [c, 'refunded'],
      ]),
    );
    const { S } = await instances[0].member('m_log');
    expect(BigInt(S)).toBe(weightOf(pricePolicy, 10, clock()));
    expect(await listening.standing('m_log')).toMatchObject({
      reasons: [{ code: 'tier_open' }, { code: 'contributed', kind: 'feat', count: 3 }, { code: 'spent', count: 2 }],
    });
    await listening.stop();
  });

  it('lists purchases page by page, the newest first, and shows nobody those of others', async () => {
    await earn('m_list', 5);
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      bench.time.now += 1;
      await earn('m_list', 1);
      ids.push((await ask(n, 'm_list', `wish ${n}`)).body.purchaseId as string);
    }
    const found: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await look('m_list', `?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)) as {
        items: { purchaseId: string }[];
        cursor?: string;
      };
      found.push(...page.items.map(({ purchaseId }) => purchaseId));
      if (page.cursor === undefined) break;
      cursor = page.cursor;
    }
    expect(found).toEqual(ids.toReversed());
    expect((await look('m_else')).items).toEqual([]);
    const strange = await instances[0].ask('GET', `/v1/me/purchases/${ids[0]}`, 'member:m_else');
    expect([strange.status, strange.body.type]).toEqual([404, 'urn:fcode:problem:purchase_not_found']);
    expect((await instances[0].ask('GET', '/v1/me/purchases?cursor=member', 'member:m_list')).status).toBe(422);
  });

  it('needs a key, a campaign and a member; and a policy with a price', async () => {
    const body = { campaignId };
    const post = (as: string, given: object, key?: string) =>
      instances[0].ask('POST', '/v1/me/purchases', as, given, key);
    expect((await post('member:m_code', body)).status).toBe(422);
    expect((await post('member:m_code', { campaignId: 'drop' }, 'k')).status).toBe(422);
    expect((await post('member:m_code', { ...body, points: 0 }, 'k')).status).toBe(422);
    expect((await post('ops:olga', body, 'k')).status).toBe(403);
    expect((await instances[0].ask('GET', '/v1/policy', 'member:m_code')).body.prices).toEqual({ code: 10 });
    const free = (await bench.world({ policy: scorePolicy })).open();
    const refusal = await free.ask('POST', '/v1/me/purchases', 'member:m_code', body, 'k');
    expect([refusal.status, refusal.body.type]).toEqual([409, 'urn:fcode:problem:nothing_for_sale']);
    expect((await free.ask('GET', '/v1/policy', 'member:m_code')).body).not.toHaveProperty('prices');
    expect((await free.ask('GET', '/v1/me/standing', 'member:m_code')).body).not.toHaveProperty('price');
  });

  it('is no source’s to tell', async () => {
    const [result] = await instances[0].contribute([did('m_mallory', { source: 'purchase' })]);
    expect(result?.status).toBe('refused');
    const [kind] = await instances[0].contribute([did('m_mallory', { kind: 'purchase' })]);
    expect(kind).toEqual({ status: 'refused', reason: 'unknown_kind' });
  });
});
