import type { Decision } from '@fcode/policy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { create, pause, publish, resume } from './campaign.rules.ts';
import { campaignAfter, campaignId, command, definition, ends, frozen, noon, seconds } from './fixtures/drop.ts';
import { allotmentRef, type MemberCodes } from './member-codes.ts';
import { type Pool, poolRef } from './quota.ts';
import { giveToAll, join, lapse, leave, offer, supply, take } from './waitlist.rules.ts';
import { type Wait, waitRef } from './waitlist.ts';

const quota = 12;
const drafted = () => create(command, { ...definition, quota, waitlist: { offerSeconds: 60 } });
const publishing = () => publish(command, campaignAfter(drafted()), { batch: 12, keyVersion: 1 });

const kinds = { rest: poolRef({ campaignId }), waitlist: poolRef({ campaignId, lane: 'waitlist' }) };

/** A campaign, what is left of it, and members who wait, as the facts of each decision make them. */
class Drop {
  at = noon;
  campaign = campaignAfter(drafted(), publishing());
  rest: Pool = kinds.rest.initial;
  waitlist: Pool = kinds.waitlist.initial;
  readonly waits = new Map<string, Wait>();
  readonly codes = new Map<string, MemberCodes>();

  constructor() {
    this.#keep(undefined, publishing());
  }

  wait(memberId: string): Wait {
    return frozen(this.waits.get(memberId) ?? waitRef(memberId, campaignId).initial);
  }

  mine(memberId: string): MemberCodes {
    return frozen(this.codes.get(memberId) ?? allotmentRef(memberId, campaignId).initial);
  }

  do(what: string, memberId: string, places: number): { outcome: string } {
    const waiter = { campaignId, memberId, at: this.at };
    const wait = this.wait(memberId);
    const mine = this.mine(memberId);
    switch (what) {
      case 'join':
        return this.#keep(memberId, join({ ...waiter, region: '' }, this.at * 1000, wait, mine, this.campaign));
      case 'leave':
        return this.#keep(memberId, leave(waiter, wait, this.waitlist));
      case 'offer':
        return this.#keep(memberId, offer(waiter, this.at + seconds(60), wait, this.waitlist, mine));
      case 'lapse':
        return this.#keep(memberId, lapse(waiter, this.at + seconds(60), wait, this.waitlist, this.campaign));
      case 'take':
        return this.#keep(
          memberId,
          take(
            { campaignId, memberId, region: '', request: `${memberId}@${this.at}`, at: this.at },
            mine,
            wait,
            this.waitlist,
            { campaign: this.campaign, version: 4 },
            { tier: 'fan', reasons: [] },
          ),
        );
      case 'supply': {
        const wish = { campaignId, by: 'olga', reason: 'the last hour', places, at: this.at };
        return this.#keep(undefined, supply(wish, this.waitlist, this.rest, this.campaign));
      }
      case 'give to all':
        return this.#keep(undefined, giveToAll(this.waitlist));
      default: {
        const rule = what === 'pause' ? pause : resume;
        return this.#keep(undefined, rule({ campaignId, by: 'olga', at: this.at }, this.campaign, 'because'));
      }
    }
  }

  #keep<Receipt, Refusal extends string>(memberId: string | undefined, decision: Decision<Receipt, Refusal>) {
    const facts = decision.outcome === 'again' ? [] : decision.facts;
    const campaign = facts.filter(({ type }) => type === 'campaign.paused' || type === 'campaign.resumed');
    if (campaign.length > 0) {
      const status = campaign[0]?.type === 'campaign.paused' ? ('paused' as const) : ('published' as const);
      this.campaign = frozen({ ...this.campaign, status } as typeof this.campaign);
    }
    this.rest = frozen(facts.filter(({ type }) => type !== 'code.claimed').reduce(kinds.rest.evolve, this.rest));
    this.waitlist = frozen(facts.reduce(kinds.waitlist.evolve, this.waitlist));
    if (memberId !== undefined) {
      this.waits.set(memberId, facts.reduce(waitRef(memberId, campaignId).evolve, this.wait(memberId)));
      this.codes.set(memberId, facts.reduce(allotmentRef(memberId, campaignId).evolve, this.mine(memberId)));
    }
    return decision;
  }
}

const leftOf = (pool: Pool): number => (pool.status === 'none' ? 0 : pool.left);

describe('a place on the waitlist', () => {
  it('is due while it is offered, and on the board while its member waits', () => {
    const { indexed } = waitRef('m_mia', campaignId);
    const since = new Date(noon).toISOString();
    expect(indexed?.({ status: 'waiting', since, order: 7 })).toEqual({ board: `waitlist/${campaignId}`, rank: '-7' });
    expect(indexed?.({ status: 'offered', since, until: since })).toEqual({ dueAt: noon });
    expect(indexed?.({ status: 'taken', since, endedAt: since })).toEqual({ dueAt: undefined });
  });

  it('is looked for from the start on where there are places, and not any more once the campaign is over', () => {
    const drop = new Drop();
    const dueIn = (pool: Pool) => kinds.waitlist.indexed?.(pool).dueAt;
    expect(dueIn(drop.waitlist)).toBeUndefined();
    drop.do('supply', '', 2);
    expect(dueIn(drop.waitlist)).toBe(noon);
    drop.do('pause', '', 0);
    expect(dueIn(drop.waitlist)).toBeUndefined();
    drop.do('resume', '', 0);
    expect(dueIn(drop.waitlist)).toBe(noon);
    expect(dueIn(kinds.waitlist.evolve(drop.waitlist, { type: 'waitlist.over', data: {} }))).toBeUndefined();
  });

  it('is refused after the end, by the clock of whoever asks', () => {
    const drop = new Drop();
    drop.do('join', 'm_mia', 0);
    drop.do('supply', '', 1);
    drop.do('offer', 'm_mia', 0);
    drop.at = ends;
    expect(drop.do('take', 'm_mia', 0)).toMatchObject({ refusal: 'campaign_ended' });
    expect(drop.do('supply', '', 1)).toMatchObject({ refusal: 'campaign_ended' });
  });

  it('keeps what is left + offered + taken = the quota in any interleaving, one code a member, and none while it is paused', () => {
    const step = fc.record({
      what: fc.constantFrom(
        'join',
        'join',
        'offer',
        'offer',
        'take',
        'take',
        'leave',
        'lapse',
        'supply',
        'give to all',
        'pause',
        'resume',
      ),
      who: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      places: fc.integer({ min: 1, max: 4 }),
      later: fc.constantFrom(1, 1, 1, 30_000, 70_000),
    });
    const property = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const drop = new Drop();
      let taken = 0;
      for (const { what, who, places, later } of steps) {
        drop.at += later;
        const isPaused = drop.campaign.status === 'paused';
        const decision = drop.do(what, who, places);
        if (what === 'take' && decision.outcome === 'accepted') {
          taken += 1;
          expect(isPaused).toBe(false);
        }
        const offered = [...drop.waits.values()].filter(({ status }) => status === 'offered').length;
        const waitlist = drop.waitlist.status === 'none' ? undefined : drop.waitlist.waitlist;
        expect(waitlist?.offered).toBe(offered);
        expect(leftOf(drop.rest) + leftOf(drop.waitlist) + offered + taken).toBe(quota);
        expect(Math.min(leftOf(drop.rest), leftOf(drop.waitlist))).toBeGreaterThanOrEqual(0);
        const codes = [...drop.codes.values()].map((mine) => mine.codes);
        expect(codes.every((mine) => mine.length <= 1)).toBe(true);
        expect(new Set(codes.flat().map(({ index }) => index)).size).toBe(taken);
      }
    });
    expect(fc.defaultReportMessage(fc.check(property, { numRuns: 500, seed: 20261128 }))).toBeUndefined();
  });
});
