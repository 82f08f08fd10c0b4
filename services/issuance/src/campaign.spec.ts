import type { Fact } from '@fcode/policy';
import { describe, expect, it } from 'vitest';
import { close, create, pause, publish, resume } from './campaign.rules.ts';
import { type Campaign, definitionSchema, phaseAt, termsOf } from './campaign.ts';
import { viewOf } from './campaign.view.ts';
import {
  campaignAfter,
  campaignId,
  command,
  definition,
  draft,
  drafting,
  ends,
  iso,
  noon,
  published,
  publishing,
} from './fixtures/drop.ts';

const why = 'a fraud wave';
const typesOf = (decision: { outcome: string; facts?: Fact[] }) => (decision.facts ?? []).map(({ type }) => type);
const pinned = { batch: 12, keyVersion: 1 };
/** What a campaign of before it could be decided does without. */
const undecided = {
  orderLimit: 0,
  dayLimit: 0,
  timeZone: 'UTC',
  regions: [],
  transferLimit: 0,
  transferSeconds: 86_400,
  effect: { kind: 'none' },
};

describe('a campaign', () => {
  it('is drafted: it exists, and nobody can claim in it', () => {
    const decision = create(command, definition);
    expect(decision).toMatchObject({ outcome: 'accepted', receipt: { campaignId, status: 'draft' } });
    expect(decision).toMatchObject({
      facts: [{}, { type: 'campaign.created', data: { campaignId, by: 'olga', name: 'Drop' } }],
    });
    expect(draft()).toEqual({ status: 'draft', definition, createdAt: iso(command.at) });
  });

  it('is published with its claimable batch, whose terms are the campaign’s', () => {
    const decision = publishing();
    expect(decision).toMatchObject({ receipt: { campaignId, status: 'published' } });
    const { skus, startsAt, endsAt, holdSeconds, buyerLimit } = definition;
    expect(decision).toMatchObject({
      facts: expect.arrayContaining([
        {
          type: 'campaign.published',
          data: { campaignId, by: 'olga', name: 'Drop', quota: 100, batch: 12, startsAt, endsAt },
        },
        {
          type: 'batch.created',
          data: expect.objectContaining({
            campaignId,
            batch: 12,
            keyVersion: 1,
            terms: { skus, startsAt, endsAt, holdSeconds, buyerLimit, ...undecided },
            origin: { kind: 'claims' },
          }),
        },
      ]),
    });
    expect(published()).toMatchObject({ status: 'published', batch: 12, keyVersion: 1, definition });
  });

  it('has index room beyond its quota, so that indexes never have to be reused', () => {
    const decision = publishing();
    const batch = decision.outcome === 'accepted' && decision.facts.find(({ type }) => type === 'batch.created');
    expect(batch && (batch.data as { size: number }).size).toBeGreaterThan(definition.quota);
  });

  it('is published once: again is the same answer and no second batch', () => {
    expect(publish(command, published(), { batch: 13, keyVersion: 1 })).toMatchObject({
      outcome: 'again',
      receipt: { status: 'published' },
    });
    expect(campaignAfter(drafting(), publishing())).toMatchObject({ batch: 12 });
  });

  it('is paused, resumed and closed, each with who and why', () => {
    const data = { campaignId, by: 'olga', reason: why };
    const paused = pause(command, published(), why);
    expect(paused).toMatchObject({ receipt: { status: 'paused' }, facts: [{ type: 'campaign.paused', data }] });
    const resumed = resume(command, campaignAfter(drafting(), publishing(), paused), why);
    expect(resumed).toMatchObject({ receipt: { status: 'published' }, facts: [{ type: 'campaign.resumed', data }] });
    const closed = close(command, campaignAfter(drafting(), publishing(), paused, resumed), why);
    expect(closed).toMatchObject({ receipt: { status: 'closed' }, facts: [{ type: 'campaign.closed', data }] });
  });
});

const none: Campaign = { status: 'none' };
const paused = () => campaignAfter(drafting(), publishing(), pause(command, published(), why));
const closed = () => campaignAfter(drafting(), publishing(), close(command, published(), why));
const closedDraft = () => campaignAfter(drafting(), close(command, draft(), why));

const verbs = {
  publish: (campaign: Campaign) => publish(command, campaign, pinned),
  pause: (campaign: Campaign) => pause(command, campaign, why),
  resume: (campaign: Campaign) => resume(command, campaign, why),
  close: (campaign: Campaign) => close(command, campaign, why),
};

describe('what ops may do in each state', () => {
  it.each([
    [
      'that does not exist',
      () => none,
      ['campaign_not_found', 'campaign_not_found', 'campaign_not_found', 'campaign_not_found'],
    ],
    ['draft', draft, ['accepted', 'campaign_not_published', 'campaign_not_paused', 'accepted']],
    ['published', published, ['again', 'accepted', 'again', 'accepted']],
    ['paused', paused, ['again', 'again', 'accepted', 'accepted']],
    ['closed', closed, ['campaign_closed', 'campaign_not_published', 'campaign_not_paused', 'again']],
    ['closed as a draft', closedDraft, ['campaign_closed', 'campaign_not_published', 'campaign_not_paused', 'again']],
  ])('with a campaign %s', (_, campaign, words) => {
    const answers = Object.values(verbs).map((verb) => {
      const decision = verb(campaign());
      return decision.outcome === 'refused' ? decision.refusal : decision.outcome;
    });
    expect(answers).toEqual(words);
  });

  it('changes nothing when it is refused or said again', () => {
    for (const campaign of [none, draft(), published(), paused(), closed()]) {
      for (const verb of Object.values(verbs)) {
        const decision = verb(campaign);
        expect(decision.outcome === 'accepted' || typesOf(decision).length === 0).toBe(true);
      }
    }
  });
});

describe('scheduled, open and ended', () => {
  it.each([
    ['a millisecond before the window', noon - 1, 'scheduled'],
    ['when the window opens', noon, 'open'],
    ['in its last millisecond', ends - 1, 'open'],
    ['when the window ends', ends, 'ended'],
  ] as const)('follow from the window: %s', (_, at, phase) => {
    const campaign = published();
    expect(campaign.status !== 'none' && phaseAt(campaign, at)).toBe(phase);
  });

  it('never hide that a campaign is a draft, paused or closed', () => {
    for (const at of [noon - 1, noon, ends]) {
      const phases = [draft(), paused(), closed()].map(
        (campaign) => campaign.status !== 'none' && phaseAt(campaign, at),
      );
      expect(phases).toEqual(['draft', 'paused', 'closed']);
    }
  });
});

describe('a definition', () => {
  it('limits an order as it says; one from before there was that limit has none', () => {
    const before = draft();
    if (before.status === 'none') throw new Error('there is no draft');
    expect(before.definition).not.toHaveProperty('orderLimit');
    const since = { ...before, definition: { ...definition, orderLimit: 3 } };
    for (const [campaign, orderLimit] of [
      [before, 0],
      [since, 3],
    ] as const) {
      expect(termsOf(campaign.definition)).toMatchObject({ buyerLimit: 2, orderLimit });
      expect(viewOf(campaignId, campaign, noon)).toMatchObject({ buyerLimit: 2, orderLimit });
    }
  });

  it('has its defaults: no limit of buyers and orders, fifteen minutes for an unpaid order, passed on once', () => {
    const { buyerLimit: _, holdSeconds: __, ...rest } = definition;
    const defaults = { ...undecided, buyerLimit: 0, holdSeconds: 900, transferLimit: 1 };
    expect(definitionSchema.parse(rest)).toEqual({ ...rest, ...defaults });
  });

  it.each([
    ['ends when it starts', { endsAt: iso(noon) }],
    ['ends before it starts', { endsAt: iso(noon - 1) }],
    ['has no quota', { quota: 0 }],
    ['covers nothing', { skus: [] }],
    ['knows a tier that there is not', { allotment: { pyramid: 3 } }],
    ['has an unknown field', { downlines: 2 }],
    ['holds shorter than a grace', { holdSeconds: 4 }],
    ['lets an order have fewer than none', { orderLimit: -1 }],
    ['lets an order have more than twenty', { orderLimit: 21 }],
  ])('is refused when it %s', (_, rest) => {
    expect(definitionSchema.safeParse({ ...definition, ...rest }).success).toBe(false);
  });
});
