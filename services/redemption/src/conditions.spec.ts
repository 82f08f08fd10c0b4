import { conditionOf } from '@fcode/policy';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchOf, type Bench, batchAnnounced, mint, startBench } from './fixtures/bench.ts';
import { friend, noon, Story, secondCode, seconds, stranger } from './fixtures/story.ts';

const buyer = 'm:mia';
const hour = seconds(3600);

describe('a campaign for some regions', () => {
  const story = new Story({ regions: ['CN', 'DE-BE'] });

  it.each([
    ['CN', 'accepted'],
    ['CN-BJ', 'accepted'],
    ['DE-BE', 'accepted'],
    ['DE', 'region_not_covered'],
    ['', 'region_not_covered'],
    [undefined, 'region_not_covered'],
  ])('sends what is bought to %j: %s', (region, word) => {
    const decision = new Story(story.terms).hold(friend, { at: noon, region });
    expect(decision).toMatchObject(
      word === 'accepted'
        ? { outcome: word }
        : { refusal: word, reasons: [{ code: 'covers_regions', regions: ['CN', 'DE-BE'] }], facts: [] },
    );
  });
});

describe('a campaign for some orders', () => {
  const terms = { eligible: conditionOf('order', 'order.amount >= 10000 && order.currency == "EUR" && member != ""') };

  it('takes those that meet its conditions, and says of others which they do not', () => {
    const enough = { price: { amount: 10_000, currency: 'EUR' } };
    expect(new Story(terms).redeem(friend, { at: noon, ...enough })).toMatchObject({ outcome: 'accepted' });
    expect(new Story(terms).hold(friend, { at: noon, ...enough, buyer: 'g:guest' })).toMatchObject({
      refusal: 'order_not_eligible',
      reasons: [{ code: 'condition_fails', failed: 'member != ""' }],
      facts: [],
    });
    expect(new Story(terms).hold(friend, { at: noon, price: { amount: 9999, currency: 'USD' } })).toMatchObject({
      reasons: [{ failed: 'order.amount >= 10000, order.currency == "EUR"' }],
    });
    // A shop that tells no price has none that is high enough.
    expect(new Story(terms).hold(friend, { at: noon })).toMatchObject({ refusal: 'order_not_eligible' });
  });

  it('asks nothing more of an order that has its code', () => {
    const story = new Story(terms);
    const holdId = story.held(friend, { at: noon, price: { amount: 10_000, currency: 'EUR' } });
    expect(story.confirm(friend, holdId, { at: noon + 1 })).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a limit of a day', () => {
  // Noon here is eight in the evening there: four hours are left of the day.
  const terms = { dayLimit: 1, timeZone: 'Asia/Shanghai' };

  it('is of the day in the zone of the campaign', () => {
    const story = new Story(terms);
    story.redeem(friend, { at: noon, buyer });
    const second = { code: secondCode, buyer };
    expect(story.hold(stranger, { at: noon + 4 * hour - 1, ...second })).toMatchObject({
      refusal: 'day_limit_reached',
      reasons: [{ code: 'day_limit', limit: 1, taken: 1 }],
      facts: [],
    });
    expect(story.hold(stranger, { at: noon + 4 * hour, ...second })).toMatchObject({ outcome: 'accepted' });
  });

  it('counts a use on the day on which it was held, however late it is paid, and no more once it is given back', () => {
    const story = new Story({ ...terms, holdSeconds: 86_400 });
    const holdId = story.held(friend, { at: noon, buyer });
    const paid = story.confirm(friend, holdId, { at: noon + 5 * hour });
    expect(paid).toMatchObject({ outcome: 'accepted', facts: [{ data: { day: '2026-12-01' } }] });
    const next = { at: noon + 5 * hour, code: secondCode, buyer };
    expect(story.hold(stranger, next)).toMatchObject({ outcome: 'accepted' });
    const first = new Story(terms);
    const bought = first.redeemed(friend, { at: noon, buyer });
    first.cancel(friend, bought, { at: noon + 5 * hour });
    expect(first.hold(stranger, { at: noon + 1, code: secondCode, buyer })).toMatchObject({ outcome: 'accepted' });
  });

  it('is of one buyer', () => {
    const story = new Story(terms);
    story.redeem(friend, { at: noon, buyer });
    expect(story.redeem(stranger, { at: noon, code: secondCode, buyer: 'g:guest' })).toMatchObject({
      outcome: 'accepted',
    });
  });
});

describe('over HTTP', () => {
  let bench: Bench;
  let shop: ReturnType<Bench['open']>;
  let other: ReturnType<Bench['open']>;
  beforeAll(async () => {
    bench = await startBench();
    [shop, other] = [bench.open(), bench.open()];
    await Promise.all([shop.service.start(), other.service.start()]);
  });
  afterAll(() => bench.stop());
  const announce = async (batch: number, rest: BatchOf) => {
    await bench.log.append([batchAnnounced(batch, rest)]);
    const code = (index: number) => mint.mint({ batch, index });
    for (const instance of [shop, other]) {
      await until(async () => (await instance.ask('check', { code: code(0), sku: 'PHONE-1' })).status === 200);
    }
    return code;
  };
  const wish = (code: string, orderId: string) => ({ code, orderId, sku: 'PHONE-1', buyer: { memberId: 'm_mia' } });

  it('a day lets a buyer have exactly two of twenty codes at once, through two instances, and as many on the next', async () => {
    const code = await announce(1, { dayLimit: 2, timeZone: 'Asia/Shanghai' });
    const twenty = (from: number) =>
      Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 ? shop : other).ask(n % 3 ? 'hold' : 'redeem', wish(code(from + n), `d${from + n}`)),
        ),
      );
    for (const from of [0, 20]) {
      const answers = await twenty(from);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
      const words = answers.filter(({ status }) => status === 409).map(({ body }) => body.type);
      expect(new Set(words)).toEqual(new Set(['urn:fcode:problem:day_limit_reached']));
      bench.time.now += 4 * hour;
    }
  });

  it('the region of an order and its price are what the shop tells', async () => {
    const code = await announce(2, { regions: ['DE'], eligible: 'order.amount >= 100 && order.shop == "shop-a"' });
    const price = { amount: 100, currency: 'EUR' };
    const told = async (more: object, at = shop) => (await at.ask('check', { ...wish(code(0), 'r1'), ...more })).body;
    expect(await told({ price })).toMatchObject({ refusal: 'region_not_covered' });
    expect(await told({ region: 'DE' })).toMatchObject({
      refusal: 'order_not_eligible',
      reasons: [{ code: 'condition_fails', failed: 'order.amount >= 100' }],
    });
    expect(await told({ region: 'DE-BE', price })).toMatchObject({ outcome: 'accepted' });
    expect((await shop.ask('hold', { ...wish(code(0), 'r1'), region: 'Germany', price })).status).toBe(422);
    expect((await shop.ask('hold', { ...wish(code(0), 'r1'), region: 'DE', price })).status).toBe(200);
    const elsewhere = await shop.ask('hold', { ...wish(code(1), 'r1'), region: 'DE', price }, { shop: 'shop-b' });
    expect(elsewhere.body.type).toContain('order_not_eligible');
  });
});
