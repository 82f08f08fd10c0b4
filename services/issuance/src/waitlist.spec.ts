import { codeRevoked } from '@fcode/events';
import { outboxShards } from '@fcode/infra/tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchesOf, batchKind } from './batch.ts';
import { close, pause, resume } from './campaign.rules.ts';
import type { Definition } from './campaign.ts';
import { type Bench, heardOf, request, startBench } from './fixtures/bench.ts';
import { iso, noon, seconds } from './fixtures/drop.ts';
import { onCodeChanged } from './on-code-changed.ts';
import { poolRef } from './quota.ts';
import { waitRef } from './waitlist.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

type Desk = Pick<ReturnType<Bench['open']>, 'waitlists' | 'campaignStore' | 'store' | 'claims'>;

const offerSeconds = 600;
const openWith = (rest: Partial<Definition> = {}): Promise<string> =>
  bench.openCampaign({ quota: 3, allotment: { core: 5 }, waitlist: { offerSeconds }, ...rest });

/** What members and ops do in one campaign, each at its own moment; the words that they are answered. */
const at = (campaignId: string, desk: Desk = bench.desk) => {
  const { waitlists, campaignStore, store } = desk;
  const now = () => bench.time.now;
  const word = (decision: { outcome: string; refusal?: string; receipt?: unknown }) =>
    decision.refusal ?? (decision.receipt as { status?: string }).status ?? decision.outcome;
  const places = poolRef({ campaignId, lane: 'waitlist' });
  const switching = (rule: typeof pause) =>
    campaignStore.switch(
      campaignId,
      (campaign) => rule({ campaignId, by: 'olga', at: now() }, campaign, 'because'),
      request(now()),
    );
  return {
    join: async (memberId: string, region = '') => {
      bench.time.now += 1;
      return word(await waitlists.join({ campaignId, memberId, region, at: now() }, request(now())));
    },
    leave: async (memberId: string) => word(await waitlists.leave({ campaignId, memberId, at: now() }, request(now()))),
    take: async (memberId: string, wish = `take-${memberId}`) => {
      const command = { campaignId, memberId, region: '', request: wish, at: now() };
      const decision = await waitlists.take(command, request(now(), wish));
      return decision.outcome === 'refused' ? decision.refusal : decision.receipt;
    },
    supply: async (count: number) =>
      word(await waitlists.supply({ campaignId, places: count, by: 'olga', reason: 'the last hour' }, request(now()))),
    /** The worker looks at what came back. */
    offer: () => waitlists.work(places),
    lapse: (...memberIds: string[]) =>
      Promise.all(memberIds.map((memberId) => waitlists.work(waitRef(memberId, campaignId)))),
    of: async (...memberIds: string[]) => {
      const found = await store.read(memberIds.map((memberId) => waitRef(memberId, campaignId)));
      return found.map(({ state }) => state.status).join(' ');
    },
    places: async () => {
      const [{ state }] = await store.read([places]);
      if (state.status === 'none') return undefined;
      return { left: state.left, offered: state.waitlist?.offered, back: state.waitlist?.back };
    },
    pause: () => switching(pause),
    resume: () => switching(resume),
    close: () => switching(close),
  };
};

/** Three have all that there is, so that the rest can only wait. */
const soldOut = async (rest: Partial<Definition> = {}) => {
  const campaignId = await openWith(rest);
  await bench.pin('m_core', 'core');
  for (let nth = 0; nth < 3; nth += 1) await bench.desk.claim(campaignId, 'm_core', `claim-${nth}-${campaignId}`);
  return { campaignId, drop: at(campaignId) };
};

const revoked = (campaignId: string, { batch, index }: { batch: number; index: number }, sequence = 1) =>
  heardOf<'code.revoked'>(
    codeRevoked.of({ batch, index, campaignId, by: 'olga', reason: 'stolen', revokedAt: iso(noon) }),
    `code/${batch}.${index}#code`,
    sequence,
  );
const clock = () => bench.time.now;

const codesOf = async (campaignId: string, nth: number) => {
  const decision = await bench.desk.claim(campaignId, 'm_core', `claim-${nth}-${campaignId}`);
  if (decision.outcome === 'refused') throw new Error(decision.refusal);
  return decision.receipt;
};

describe('places that come back', () => {
  it('are offered in the order in which members came, kept for them, and go on when they are not taken', async () => {
    const { campaignId, drop } = await soldOut({ quota: 5 });
    for (const memberId of ['w1', 'w2', 'w3', 'w4']) expect(await drop.join(memberId)).toBe('waiting');
    expect(await bench.desk.waitlists.page(campaignId, 3, undefined)).toMatchObject({
      items: [{ memberId: 'w1' }, { memberId: 'w2' }, { memberId: 'w3' }],
    });
    expect(await drop.supply(2)).toBe('accepted');
    await drop.offer();
    expect(await drop.of('w1', 'w2', 'w3', 'w4')).toBe('offered offered waiting waiting');
    const code = await drop.take('w1');
    expect(code).toMatchObject({ allotted: 1, claimed: 1, decision: { outcome: 'accepted' } });
    expect(code).toMatchObject({
      decision: { reasons: expect.arrayContaining([{ code: 'waited', since: expect.any(String) }]) },
    });
    // Not over yet: it is kept.
    await drop.lapse('w2');
    expect(await drop.of('w2')).toBe('offered');
    bench.time.now += seconds(offerSeconds);
    await drop.lapse('w2');
    await drop.offer();
    expect(await drop.of('w1', 'w2', 'w3', 'w4')).toBe('taken lapsed offered waiting');
    expect(await drop.take('w2')).toBe('no_place_offered');
    expect(await drop.take('w4')).toBe('no_place_offered');
    // Who let it pass may wait again, behind the others; who declines leaves it to the next at once.
    expect(await drop.join('w2')).toBe('waiting');
    expect(await drop.leave('w3')).toBe('left');
    await drop.offer();
    expect(await drop.of('w2', 'w3', 'w4')).toBe('waiting left offered');
    expect(await drop.places()).toEqual({ left: 0, offered: 1, back: 0 });
    const told = async () =>
      (await bench.logged('waitlist.offered')).flatMap(({ data }) => {
        const offered = data as { campaignId: string; memberId: string };
        return offered.campaignId === campaignId ? [offered.memberId] : [];
      });
    await expect.poll(async () => (await told()).sort()).toEqual(['w1', 'w2', 'w3', 'w4']);
  });

  it('are for everybody when nobody waits: a claim that was sold out has a code a moment later', async () => {
    const { campaignId, drop } = await soldOut();
    const refused = await bench.desk.claim(campaignId, 'm_core', 'too-late');
    expect(refused).toMatchObject({ refusal: 'sold_out' });
    const code = await codesOf(campaignId, 0);
    await onCodeChanged(bench.desk.store, clock)(revoked(campaignId, code));
    expect(await drop.places()).toMatchObject({ left: 1, back: 1 });
    await drop.offer();
    expect(await drop.places()).toMatchObject({ left: 0, back: 1 });
    bench.time.now += 1500;
    expect(await bench.desk.claim(campaignId, 'm_core', 'again')).toMatchObject({ outcome: 'accepted' });
    expect(await bench.desk.claim(campaignId, 'm_core', 'once more')).toMatchObject({ refusal: 'sold_out' });
  });

  it('of a revoked code come back once, however often it is heard and by whom', async () => {
    const { campaignId, drop } = await soldOut();
    await drop.join('w1');
    const code = await codesOf(campaignId, 1);
    const [here, other] = [onCodeChanged(bench.desk.store, clock), onCodeChanged(bench.open().store, clock)];
    await Promise.all([here, other, here, other].map((listen) => listen(revoked(campaignId, code, 3))));
    await other(revoked(campaignId, code, 3));
    expect(await drop.places()).toEqual({ left: 1, offered: 0, back: 1 });
    await drop.offer();
    expect(await drop.take('w1')).toMatchObject({ claimed: 1 });
    expect(await drop.places()).toEqual({ left: 0, offered: 0, back: 1 });
  });

  it('of a canary never come back: it was nobody’s place', async () => {
    const campaignId = await openWith({ quota: 10 });
    await bench.desk.grant({ campaignId, codes: 2, canaries: 2 });
    const batches = await bench.desk.store.query({ pk: batchesOf(campaignId), limit: 10 }, batchKind);
    const batch = batches.items.map(({ sk }) => Number(sk)).at(-1);
    const listen = onCodeChanged(bench.desk.store, clock);
    await listen(revoked(campaignId, { batch: batch as number, index: 3 }));
    expect(await at(campaignId).places()).toMatchObject({ left: 0, back: 0 });
    await listen(revoked(campaignId, { batch: batch as number, index: 1 }));
    expect(await at(campaignId).places()).toMatchObject({ left: 1, back: 1 });
  });

  it('of a rule that is over are for those who wait; they are looked for when it is', async () => {
    const until = bench.time.now + seconds(100);
    const { drop } = await soldOut({
      quota: 5,
      allotment: [
        { when: 'tier == "angel"', codes: 1, places: 2, until: iso(until) },
        { when: 'tier == "core"', codes: 5 },
      ],
    });
    await drop.join('w1');
    await drop.join('w2');
    await drop.join('w3');
    await drop.offer();
    expect(await drop.of('w1')).toBe('waiting');
    bench.time.now = until;
    await drop.offer();
    expect(await drop.of('w1', 'w2', 'w3')).toBe('offered offered waiting');
  });
});

describe('many places', () => {
  it('are offered thirty in a transaction, whoever has waited longest first, and nobody is read who is far behind', async () => {
    const campaignId = await openWith({ quota: 100 });
    const drop = at(campaignId);
    const members = Array.from({ length: 150 }, (_, nth) => `many-${nth}`);
    for (const memberId of members) await drop.join(memberId);
    await drop.supply(70);
    const { sent } = bench.desk.store.table;
    const before = { ...sent };
    await drop.offer();
    expect(await drop.of(...members)).toBe(members.map((_, nth) => (nth < 70 ? 'offered' : 'waiting')).join(' '));
    expect(sent.transactions - before.transactions).toBe(3);
    expect(sent.queries - before.queries).toBeLessThanOrEqual(2 * outboxShards);
  });
});

describe('a place that is offered', () => {
  it('is one code, whoever asks how often: under its key, another, and on two instances at once', async () => {
    const { campaignId, drop } = await soldOut({ quota: 4 });
    const other = at(campaignId, bench.open());
    await drop.join('w1');
    await drop.supply(1);
    await drop.offer();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, nth) => (nth % 2 ? drop : other).take('w1', `wish-${nth % 4}`)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ claimed: 1 });
    const [{ state }] = await bench.desk.store.read([poolRef({ campaignId, lane: 'waitlist' })]);
    expect(state).toMatchObject({ left: 0, waitlist: { offered: 0 } });
  });

  it('is the member’s or goes on, never both, when its end and its taking race', async () => {
    const campaignId = await openWith({ quota: 40 });
    const [drop, other] = [at(campaignId), at(campaignId, bench.open())];
    const members = Array.from({ length: 20 }, (_, nth) => `racer-${nth}`);
    for (const memberId of members) await drop.join(memberId);
    await drop.supply(20);
    await drop.offer();
    bench.time.now += seconds(offerSeconds);
    const answers = await Promise.all(
      members.map(async (memberId) => {
        const [answer] = await Promise.all([drop.take(memberId), other.lapse(memberId)]);
        return answer;
      }),
    );
    const states = (await drop.of(...members)).split(' ');
    for (const [nth, answer] of answers.entries()) {
      expect(states[nth]).toBe(typeof answer === 'string' ? 'lapsed' : 'taken');
    }
    const taken = states.filter((status) => status === 'taken').length;
    expect(await drop.places()).toEqual({ left: 20 - taken, offered: 0, back: 0 });
    expect(await bench.desk.claims.left({ campaignId, lane: 'waitlist' }, request(bench.time.now))).toBe(20 - taken);
  });

  it('waits while the campaign is paused; when it is closed nobody takes it, and it is the stock’s again', async () => {
    const { campaignId, drop } = await soldOut({ quota: 5 });
    await drop.join('w1');
    await drop.supply(2);
    await drop.offer();
    await drop.pause();
    expect(await drop.take('w1')).toBe('campaign_paused');
    bench.time.now += seconds(offerSeconds);
    await drop.lapse('w1');
    expect(await drop.of('w1')).toBe('offered');
    await drop.resume();
    await drop.pause();
    await drop.resume();
    expect(await drop.places()).toMatchObject({ offered: 1 });
    await drop.close();
    expect(await drop.take('w1')).toBe('campaign_closed');
    const settled = async () =>
      (await bench.logged('campaign.settled')).map(({ data }) => data as { campaignId: string });
    await expect.poll(settled).toContainEqual({ campaignId, quota: 5, returned: 2 });
    expect(await drop.join('w2')).toBe('campaign_closed');
  });

  it('is not offered after the end, nor before the start', async () => {
    const startsAt = bench.time.now + seconds(3600);
    const campaignId = await openWith({ startsAt: iso(startsAt), endsAt: iso(startsAt + seconds(60)) });
    const drop = at(campaignId);
    expect(await drop.join('w1')).toBe('waiting');
    await drop.supply(1);
    await drop.offer();
    expect(await drop.of('w1')).toBe('waiting');
    bench.time.now = startsAt;
    await drop.offer();
    expect(await drop.of('w1')).toBe('offered');
    // No longer than the campaign.
    bench.time.now = startsAt + seconds(60);
    await drop.lapse('w1');
    expect(await drop.of('w1')).toBe('lapsed');
    await drop.offer();
    expect(await drop.join('w2')).toBe('campaign_ended');
    const due = [];
    for await (const page of bench.desk.store.table.due('0', bench.time.now, 10)) due.push(...page);
    expect(due.filter(({ pk }) => pk.includes(campaignId))).toEqual([]);
  });
});

describe('who may wait', () => {
  it('is without a code; who gets one meanwhile is passed over', async () => {
    const { campaignId, drop } = await soldOut({ quota: 6, allotment: { core: 5, fan: 1 } });
    expect(await drop.join('m_core')).toBe('has_code');
    expect(await drop.join('w1')).toBe('waiting');
    expect(await drop.join('w2')).toBe('waiting');
    expect(await bench.desk.claim(campaignId, 'w1', `own-${campaignId}`)).toMatchObject({ outcome: 'accepted' });
    await drop.supply(1);
    await drop.offer();
    expect(await drop.of('w1', 'w2')).toBe('left offered');
  });

  it('is told why not: no waitlist, another region, no such campaign, nothing to leave', async () => {
    const without = await bench.openCampaign();
    expect(await at(without).join('w1')).toBe('no_waitlist');
    expect(await at(without).supply(1)).toBe('no_waitlist');
    const far = await openWith({ regions: ['CN'] });
    expect(await at(far).join('w1', 'US')).toBe('region_not_covered');
    expect(await at(far).join('w1', 'CN')).toBe('waiting');
    expect(await at('cmp_01J8Z0K7Q2W3E4R5T6Y7V8B9ZZ').join('w1')).toBe('campaign_not_found');
    expect(await at(far).leave('w9')).toBe('not_waiting');
    expect(await at(far).supply(4)).toBe('quota_exceeded');
  });

  it('keeps the place that it has, and is once in the line', async () => {
    const campaignId = await openWith();
    const [drop, other] = [at(campaignId), at(campaignId, bench.open())];
    await Promise.all(Array.from({ length: 12 }, (_, nth) => (nth % 2 ? drop : other).join('w1')));
    const { items } = await bench.desk.waitlists.page(campaignId, 10, undefined);
    expect(items).toHaveLength(1);
    for (let nth = 2; nth <= 7; nth += 1) await drop.join(`w${nth}`);
    const first = await bench.desk.waitlists.page(campaignId, 3, undefined);
    const second = await bench.desk.waitlists.page(campaignId, 10, first.next);
    expect([...first.items, ...second.items].map(({ memberId }) => memberId)).toEqual(
      Array.from({ length: 7 }, (_, nth) => `w${nth + 1}`),
    );
    expect(second.next).toBeUndefined();
  });
});
