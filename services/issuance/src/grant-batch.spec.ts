import { describe, expect, it } from 'vitest';
import { close, pause } from './campaign.rules.ts';
import {
  campaignAfter,
  campaignId,
  command,
  definition,
  draft,
  drafting,
  frozen,
  published,
  publishing,
} from './fixtures/drop.ts';
import { type Granting, grantBatch } from './grant-batch.rule.ts';
import { poolOpened, poolRef } from './quota.ts';

const kind = poolRef({ campaignId });
const pool = (left: number) =>
  kind.evolve(kind.initial, poolOpened({ batch: 12, keyVersion: 1, nextIndex: 0, left, room: 500 }));
const asked: Granting = {
  campaignId,
  batch: 13,
  keyVersion: 1,
  codes: 40,
  at: Date.parse('2026-06-01T00:00:00.000Z'),
  to: 'bearer',
  reason: 'press',
  reference: 'PR-7',
  by: 'olga',
};

describe('the batch of a grant', () => {
  it('is one batch with the terms of the campaign, who granted it, why, and where it stands in the books', () => {
    const decision = grantBatch(frozen(asked), published(), frozen(pool(40)));
    const { skus, startsAt, endsAt, holdSeconds, buyerLimit } = definition;
    expect(decision).toMatchObject({
      outcome: 'accepted',
      facts: [
        {
          type: 'batch.created',
          data: {
            campaignId,
            batch: 13,
            size: 40,
            keyVersion: 1,
            terms: { skus, startsAt, endsAt, holdSeconds, buyerLimit, orderLimit: 0 },
            origin: { kind: 'grant', to: 'bearer', reason: 'press', reference: 'PR-7', grantedBy: 'olga' },
          },
        },
        {},
      ],
    });
  });

  it('counts against the quota to the last code', () => {
    const decision = grantBatch(asked, published(), pool(40));
    const facts = decision.outcome === 'accepted' ? decision.facts : [];
    expect(facts.reduce(kind.evolve, pool(40))).toMatchObject({ left: 0 });
    expect(grantBatch(asked, published(), pool(39))).toMatchObject({ refusal: 'pool_short', facts: [] });
  });

  it.each([
    ['that does not exist', () => ({ status: 'none' }) as const, 'campaign_not_found'],
    ['that is a draft', draft, 'campaign_not_published'],
    [
      'that is paused',
      () => campaignAfter(drafting(), publishing(), pause(command, published(), 'why')),
      'campaign_paused',
    ],
    [
      'that is closed',
      () => campaignAfter(drafting(), publishing(), close(command, published(), 'why')),
      'campaign_closed',
    ],
  ])('is refused in a campaign %s', (_, campaign, refusal) => {
    expect(grantBatch(asked, campaign(), pool(100))).toMatchObject({ refusal, facts: [] });
  });
});
