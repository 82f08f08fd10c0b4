import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  problems,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { thresholdAt, tierSchema } from '@fcode/policy';
import type { CutoffStore } from './cutoffs-store.ts';
import type { Ladders } from './ladders.ts';

const policyView = z
  .object({
    version: z.int(),
    halfLifeDays: z.number(),
    points: z.record(z.string(), z.number()),
    tiers: z.array(
      z.object({
        tier: tierSchema,
        by: z.enum(['pin', 'score', 'share', 'all']),
        minScore: z.number().optional().openapi({ description: 'Points that it needs now.' }),
        share: z.number().optional().openapi({ description: 'Part of the scored members, of this tier alone.' }),
        places: z.int().optional().openapi({ description: 'Members down to its cut-off, tiers above included.' }),
      }),
    ),
    prices: z
      .object({ code: z.number() })
      .optional()
      .openapi({ description: 'What points buy: a code of a campaign, for so many. Absent: nothing.' }),
    rewards: z.object({ referral: z.object({ points: z.number(), vestsAfterHours: z.int() }) }),
    cutoffs: z
      .object({ asOf: instant, until: instant, scored: z.int() })
      .optional()
      .openapi({ description: 'As last published; nothing before the first time.' }),
  })
  .openapi('Policy');

const read = createRoute({
  method: 'get',
  path: '/v1/policy',
  summary: 'What contributions count, what tiers need, what a referral earns',
  tags: ['members'],
  ...only('member', 'ops', 'connector', 'checkout'),
  responses: { 200: jsonAnswer(policyView, 'The policy in force, with the cut-offs as they are now'), ...problems() },
});

const compute = createRoute({
  method: 'post',
  path: '/v1/policy/cutoffs',
  summary: 'Compute the cut-offs of tiers by share now, not at the set hour',
  description: 'Answers at once; `GET /v1/policy` tells by `asOf` when they are in force, which takes moments.',
  tags: ['members'],
  ...only('ops'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({})) },
  responses: {
    202: jsonAnswer(z.object({ dueAt: instant }).openapi('CutoffsAsked'), 'They are being computed'),
    ...bodyProblems(),
  },
});

export const policyRoutes = (app: App, ladders: Ladders, cutoffs: CutoffStore) => {
  app.openapi(read, async (c) => {
    const { at, deadline } = requestOf(c);
    const ladder = await ladders.recent(deadline);
    const { version, halfLifeDays, points, tiers, rewards, prices } = ladder.policy;
    const view = tiers.map((rung) => {
      const cutoff = ladder.cutoffs?.cutoffs.find(({ tier }) => rung.by === 'share' && tier === rung.tier);
      if (!cutoff) return rung;
      return { ...rung, places: cutoff.places, minScore: thresholdAt(ladder, cutoff, at).points };
    });
    const inForce = ladder.cutoffs && {
      asOf: new Date(ladder.cutoffs.asOf).toISOString(),
      until: new Date(ladder.cutoffs.until).toISOString(),
      scored: ladder.cutoffs.scored,
    };
    return c.json(
      {
        version,
        halfLifeDays,
        points,
        tiers: view,
        rewards,
        ...(prices ? { prices } : {}),
        ...(inForce ? { cutoffs: inForce } : {}),
      },
      200,
    );
  });
  app.openapi(compute, async (c) => {
    const asked = await cutoffs.ask(c.get('caller').subject, requestOf(c, {}));
    return c.json(receiptOf<{ dueAt: string }, never>(c, asked, {}), 202);
  });
};
