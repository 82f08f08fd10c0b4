import type { Store } from '@fcode/dynamo';
import {
  type App,
  createRoute,
  instant,
  jsonAnswer,
  memberId,
  only,
  problems,
  reasons,
  requestOf,
  z,
} from '@fcode/http';
import { prospectsAt, scoreAt, tierAt, tierSchema } from '@fcode/policy';
import { priceNow } from './buy.rule.ts';
import type { Ladders } from './ladders.ts';
import { memberRef, purchaseKind } from './member.ts';

const standingView = z
  .object({
    memberId: z.string(),
    tier: tierSchema,
    score: z.number(),
    owed: z.number().optional().openapi({
      description:
        'Points of contributions that were taken back after they had been spent: what comes next pays them first.',
    }),
    pins: z.array(z.string()),
    badges: z
      .array(z.object({ badge: z.string(), since: instant }))
      .openapi({ description: 'What ops have recognised the member by, the first first.' }),
    reasons,
    next: z
      .object({ tier: tierSchema, minScore: z.number(), missing: z.number() })
      .optional()
      .openapi({ description: 'The tier above, what it needs now, and how many points are missing.' }),
    fallsAt: instant.optional(),
    price: z
      .object({
        points: z.number(),
        after: z
          .object({ score: z.number(), tier: tierSchema })
          .optional()
          .openapi({ description: 'What a purchase would leave now; absent where the score is too low for it.' }),
      })
      .optional()
      .openapi({ description: 'What a code of a campaign costs in points. Absent: points buy nothing.' }),
  })
  .openapi('Standing');

const mine = createRoute({
  method: 'get',
  path: '/v1/me/standing',
  summary: 'My tier, score and badges now, and why',
  tags: ['members'],
  ...only('member'),
  responses: { 200: jsonAnswer(standingView, 'My standing'), ...problems() },
});

const anyones = createRoute({
  method: 'get',
  path: '/v1/members/{memberId}/standing',
  summary: "A member's tier, score and badges now, and why",
  tags: ['members'],
  ...only('ops'),
  request: { params: z.object({ memberId }) },
  responses: { 200: jsonAnswer(standingView, 'The standing'), ...problems() },
});

export const standingRoutes = (app: App, store: Store, ladders: Ladders) => {
  const look = async (memberId: string, { at, deadline }: { at: number; deadline: number }) => {
    const [[{ state }], ladder] = await Promise.all([
      store.read([memberRef(memberId)], deadline),
      ladders.recent(deadline),
    ]);
    const { tier, reasons } = tierAt(ladder, state, at);
    const { next, fallsAt } = prospectsAt(ladder, state, at);
    const price = priceNow(memberId, ladder, state, at);
    const made = Object.entries(state.kinds).map(([kind, { count, weight }]) => ({
      code: kind === purchaseKind ? 'spent' : 'contributed',
      kind,
      count,
      points: scoreAt({ ...state, S: weight }, at),
    }));
    return {
      memberId,
      tier,
      score: scoreAt(state, at),
      ...(state.owed === undefined ? {} : { owed: scoreAt({ ...state, S: state.owed }, at) }),
      pins: [...state.pins],
      badges: (state.awards ?? []).map(([badge, since]) => ({ badge, since: new Date(since).toISOString() })),
      reasons: [...reasons, ...made.sort((a, b) => b.points - a.points)],
      ...(next ? { next } : {}),
      ...(fallsAt === undefined ? {} : { fallsAt: new Date(fallsAt).toISOString() }),
      ...(price ? { price } : {}),
    };
  };
  app.openapi(mine, async (c) => c.json(await look(c.get('caller').subject, requestOf(c)), 200));
  app.openapi(anyones, async (c) => c.json(await look(c.req.valid('param').memberId, requestOf(c)), 200));
};
