import {
  batchRevoked,
  type CodeHeld,
  checkoutKilled,
  checkoutPaused,
  checkoutResumed,
  codeCancelled,
  codeHeld,
  codeHoldExtended,
  codeRedeemed,
  codeReleased,
  codeRevoked,
  cutoffsPublished,
  type FactOfType,
  scoreChanged,
} from '@fcode/events';
import { defaultPolicy } from '@fcode/policy';
import { startStoreProxy } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeStatus, codeStatusRef } from './code-status.ts';
import { type Bench, heardOf, startBench } from './fixtures/bench.ts';
import { iso, noon, seconds } from './fixtures/drop.ts';
import { onCodeChanged } from './on-code-changed.ts';
import { onCutoffsPublished } from './on-cutoffs-published.ts';
import { onScoreChanged } from './on-score-changed.ts';
import { onStopped } from './on-stopped.ts';
import { standingRef } from './standing.ts';
import { batchStopRef, campaignStopRef, type Stop } from './stop.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

const clock = () => noon;

describe("a member's standing that is heard", () => {
  const said = (memberId: string, sequence: number, ...pins: string[]) =>
    heardOf<'score.changed'>(
      scoreChanged.of({ memberId, S: String(sequence * 10), t0: iso(noon), halfLifeDays: 180, pins }),
      `member/${memberId}#standing`,
      sequence,
    );
  const known = async (memberId: string) => (await bench.desk.store.read([standingRef(memberId)]))[0].state;

  it('is the newest by its own sequence, in whatever order and however often it is heard', async () => {
    const here = onScoreChanged(bench.desk.store, clock);
    const other = onScoreChanged(bench.open().store, clock);
    await here(said('m_mia', 3, 'core'));
    for (const late of [said('m_mia', 1, 'angel'), said('m_mia', 2), said('m_mia', 3, 'core')]) await other(late);
    const newest = { standing: { S: '30', t0: noon, halfLifeDays: 180, pins: ['core'] }, sequence: 3 };
    expect(await known('m_mia')).toEqual(newest);
    await Promise.all([7, 5, 6, 4].map((sequence) => (sequence % 2 ? here : other)(said('m_mia', sequence))));
    expect(await known('m_mia')).toEqual({ standing: { S: '70', t0: noon, halfLifeDays: 180, pins: [] }, sequence: 7 });
  });

  it('has the badges of the newest, in whatever order and however often it is heard; where none are told, none', async () => {
    const here = onScoreChanged(bench.desk.store, clock);
    const other = onScoreChanged(bench.open().store, clock);
    const holding = (sequence: number, ...badges: string[]) => {
      const heard = said('m_badge', sequence);
      return badges.length === 0 ? heard : { ...heard, data: { ...heard.data, badges } };
    };
    const badges = async () => (await known('m_badge')).standing.badges;
    await here(holding(2, 'poet'));
    await here(holding(4, 'poet', 'tester'));
    // Late, and again: an award that is older, and one that was heard.
    for (const late of [holding(2, 'poet'), holding(4, 'poet', 'tester'), holding(1)]) await other(late);
    expect(await badges()).toEqual(['poet', 'tester']);
    // Both withdrawn, the second heard first.
    await other(holding(8));
    await here(holding(6, 'tester'));
    expect(await badges()).toBeUndefined();
    await Promise.all(
      [holding(12, 'poet', 'tester'), holding(10, 'tester'), holding(12, 'poet', 'tester'), holding(9)].map(
        (heard, n) => (n % 2 ? here : other)(heard),
      ),
    );
    expect(await known('m_badge')).toMatchObject({ standing: { badges: ['poet', 'tester'] }, sequence: 12 });
  });

  it('is kept when the answer of the store was lost, and when it is heard again after that', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const listen = onScoreChanged(bench.open(proxy.endpoint).store, clock);
    let lost = 0;
    proxy.fault = ({ operation }) => {
      // What is on the board is written in a transaction.
      if (operation !== 'TransactWriteItems' || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    await listen(said('m_lost', 1, 'loyal'));
    await listen(said('m_lost', 1, 'loyal'));
    expect(lost).toBe(1);
    expect(await known('m_lost')).toMatchObject({ standing: { pins: ['loyal'] }, sequence: 1 });
    await proxy.stop();
  });
});

describe('cut-offs that are heard', () => {
  const said = (sequence: number, loyal: string) =>
    heardOf<'cutoffs.published'>(
      cutoffsPublished.of({
        policy: 2,
        t0: defaultPolicy.t0,
        halfLifeDays: 180,
        asOf: iso(noon + sequence),
        until: iso(noon + seconds(86_400)),
        scored: 10,
        cutoffs: [{ tier: 'loyal', share: 0.294, places: 3, S: loyal }],
      }),
      'cutoffs#current',
      sequence,
    );
  const scored = (memberId: string, S: string) =>
    onScoreChanged(
      bench.desk.store,
      clock,
    )(
      heardOf<'score.changed'>(
        scoreChanged.of({ memberId, S, t0: defaultPolicy.t0, halfLifeDays: 180, pins: [] }),
        `member/${memberId}#standing`,
        1,
      ),
    );

  it('are the newest in whatever order and however often, and decide the tier of the next claim', async () => {
    const here = onCutoffsPublished(bench.desk.store, clock);
    const other = onCutoffsPublished(bench.open().store, clock);
    await here?.(said(2, '500'));
    for (const late of [said(1, '7'), said(2, '500')]) await other(late);
    await scored('m_under', '499');
    await scored('m_on', '500');
    const campaignId = await bench.openCampaign({ allotment: { loyal: 1 } });
    const { claim } = bench.open();
    expect(await claim(campaignId, 'm_under', 'a')).toMatchObject({ refusal: 'nothing_allotted' });
    expect(await claim(campaignId, 'm_on', 'b')).toMatchObject({ outcome: 'accepted', receipt: { tier: 'loyal' } });
    await Promise.all([5, 3, 4].map((sequence) => (sequence % 2 ? here : other)(said(sequence, `${sequence}00`))));
    await here(said(6, '499'));
    expect(await bench.open().claim(campaignId, 'm_under', 'c')).toMatchObject({ outcome: 'accepted' });
  });
});

describe('what became of a code, as it is heard', () => {
  const order = { shop: 'shop-a', orderId: '1001' };
  const about = (index: number) => ({ batch: 5, index, campaignId: 'cmp_drop', order, buyer: 'm:m_mia' });
  const until10 = iso(noon + seconds(600));
  const until20 = iso(noon + seconds(1200));
  const redeemedBy = { redemptionId: 'rdm_5_0_2' };

  /** A whole life, in its order, and what is to be known after each. Event 4 is that lines came back, of which nothing is heard. */
  const life = (index: number) => {
    const said = <Type extends Parameters<ReturnType<typeof onCodeChanged>>[0]['type']>(
      fact: FactOfType<Type>,
      sequence: number,
    ) => heardOf<Type>(fact, `code/5.${index}#life`, sequence);
    const hold: CodeHeld['data'] = {
      ...about(index),
      sku: 'PHONE-1',
      holdId: 'hold_5_0_1',
      heldAt: iso(noon),
      holdUntil: until10,
    };
    const { batch, campaignId } = about(index);
    return {
      held: said<'code.held'>(codeHeld.of(hold), 1),
      extended: said<'code.hold_extended'>(
        codeHoldExtended.of({ ...about(index), holdId: 'hold_5_0_1', holdUntil: until20, extendedAt: iso(noon + 1) }),
        2,
      ),
      redeemed: said<'code.redeemed'>(
        codeRedeemed.of({ ...about(index), ...redeemedBy, sku: 'PHONE-1', redeemedAt: iso(noon + 2) }),
        3,
      ),
      cancelled: said<'code.cancelled'>(
        codeCancelled.of({ ...about(index), ...redeemedBy, cancelledAt: iso(noon + 4) }),
        5,
      ),
      heldAgain: said<'code.held'>(codeHeld.of({ ...hold, holdId: 'hold_5_0_3', heldAt: iso(noon + 5) }), 6),
      released: said<'code.released'>(
        codeReleased.of({ ...about(index), holdId: 'hold_5_0_3', cause: 'released', releasedAt: iso(noon + 6) }),
        7,
      ),
      revoked: said<'code.revoked'>(
        codeRevoked.of({ batch, index, campaignId, by: 'olga', reason: 'leaked', revokedAt: iso(noon + 7) }),
        8,
      ),
    };
  };
  type Name = keyof ReturnType<typeof life>;
  const known: Record<Name, CodeStatus> = {
    held: { status: 'held', since: iso(noon), until: until10, sequence: 1 },
    extended: { status: 'held', since: iso(noon + 1), until: until20, sequence: 2 },
    redeemed: { status: 'redeemed', since: iso(noon + 2), sequence: 3 },
    cancelled: { status: 'unused', since: iso(noon + 4), sequence: 5 },
    heldAgain: { status: 'held', since: iso(noon + 5), until: until10, sequence: 6 },
    released: { status: 'unused', since: iso(noon + 6), sequence: 7 },
    revoked: { status: 'revoked', since: iso(noon + 7), sequence: 8 },
  };
  const names = Object.keys(known) as Name[];
  const statusOf = async (index: number) =>
    (await bench.desk.store.read([codeStatusRef({ batch: 5, index })]))[0].state;

  it('follows the life of the code', async () => {
    const listen = onCodeChanged(bench.desk.store, clock);
    const events = life(0);
    expect(await statusOf(0)).toEqual({ status: 'unused', sequence: 0 });
    for (const name of names) {
      await listen(events[name]);
      expect([name, await statusOf(0)]).toEqual([name, known[name]]);
    }
  });

  it('ends the same whichever event is heard last, in order and backwards, twice each, by two instances', async () => {
    const here = onCodeChanged(bench.desk.store, clock);
    const other = onCodeChanged(bench.open().store, clock);
    const rotated = names.map((_, position) => [...names.slice(position), ...names.slice(0, position)]);
    const orders = [...rotated, ...rotated.map((order) => [...order].reverse())];
    await Promise.all(
      orders.map(async (order, position) => {
        const events = life(position + 1);
        const heard: Name[] = [];
        for (const name of order) {
          heard.push(name);
          await Promise.all([here(events[name]), other(events[name])]);
          const newest = names.findLast((one) => heard.includes(one)) as Name;
          expect([heard, await statusOf(position + 1)]).toEqual([heard, known[newest]]);
        }
      }),
    );
  });
});

const stoppedAt = (instance: Pick<Bench['desk'], 'store' | 'campaignStore'>) =>
  onStopped(instance.store, instance.campaignStore, clock);

describe('what ops told checkout, as it is heard', () => {
  /** Redemption tells all of it from one item. */
  const terms = 'terms#version';
  const ops = { by: 'olga', reason: 'a leak' };
  const told = (campaignId: string) => ({
    paused: heardOf<'checkout.paused'>(checkoutPaused.of({ campaignId, ...ops }), terms, 3),
    resumed: heardOf<'checkout.resumed'>(checkoutResumed.of({ campaignId, ...ops }), terms, 5),
    pausedAgain: heardOf<'checkout.paused'>(checkoutPaused.of({ campaignId, ...ops }), terms, 8),
    killed: heardOf<'checkout.killed'>(checkoutKilled.of({ campaignId, ...ops }), terms, 9),
  });
  type Name = keyof ReturnType<typeof told>;
  const since = iso(noon);
  const known: Record<Name, Stop> = {
    paused: { stop: 'paused', since, sequence: 3 },
    resumed: { stop: 'none', since, sequence: 5 },
    pausedAgain: { stop: 'paused', since, sequence: 8 },
    killed: { stop: 'killed', since, sequence: 9 },
  };
  const names = Object.keys(known) as Name[];

  it('is the newest of a campaign, in whatever order, twice each, by two instances', async () => {
    const here = stoppedAt(bench.desk);
    const other = stoppedAt(bench.open());
    const rotated = names.map((_, position) => [...names.slice(position), ...names.slice(0, position)]);
    const orders = [...rotated, ...rotated.map((order) => [...order].reverse())];
    await Promise.all(
      orders.map(async (order, position) => {
        const campaignId = `cmp_stop_${position}`;
        const events = told(campaignId);
        const heard: Name[] = [];
        for (const name of order) {
          heard.push(name);
          await Promise.all([here(events[name]), other(events[name])]);
          const newest = names.findLast((one) => heard.includes(one)) as Name;
          const [{ state }] = await bench.desk.store.read([campaignStopRef(campaignId)]);
          expect([heard, state]).toEqual([heard, known[newest]]);
        }
      }),
    );
  });

  it('closes a campaign that is killed, once, however often it is heard: nothing of it is claimed any more', async () => {
    const campaignId = await bench.openCampaign({ quota: 10 });
    expect(await bench.desk.claim(campaignId, 'm_before', 'wish')).toMatchObject({ outcome: 'accepted' });
    const { killed } = told(campaignId);
    const listens = [stoppedAt(bench.desk), stoppedAt(bench.open())];
    await Promise.all([...listens, ...listens].map((listen) => listen(killed)));
    const known = await bench.desk.campaigns.now(campaignId, performance.now() + 1000);
    expect(known.campaign.status).toBe('closed');
    expect(await bench.open().claim(campaignId, 'm_after', 'wish')).toMatchObject({ refusal: 'campaign_closed' });
    const closed = (await bench.logged('campaign.closed')).filter(({ subject }) => subject?.includes(campaignId));
    // Who changes an item publishes what another has not told to be published: the same event, and so the same id.
    const once = [...new Map(closed.map((event) => [event.id, event])).values()];
    expect(once).toMatchObject([{ data: { campaignId, ...ops } }]);
  });

  it('is kept of a batch that nobody knows yet, once, and of no other', async () => {
    const revoked = heardOf<'batch.revoked'>(batchRevoked.of({ campaignId: 'cmp_new', batch: 901, ...ops }), terms, 10);
    const listens = [stoppedAt(bench.desk), stoppedAt(bench.open())];
    for (const listen of [...listens, ...listens]) await listen(revoked);
    const states = await bench.desk.store.read([batchStopRef(901), batchStopRef(902), campaignStopRef('cmp_new')]);
    expect(states.map(({ seq, state }) => [seq, state.stop])).toEqual([
      [1, 'revoked'],
      [0, 'none'],
      [0, 'none'],
    ]);
  });
});
