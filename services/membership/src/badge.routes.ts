import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  memberId,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { award, type BadgeChange, withdraw } from './badge.rules.ts';
import type { BadgeResult, BadgeStore } from './badge-store.ts';

/** For one call; ms. */
const patienceMs = 8000;

const params = z.object({
  badge: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,31}$/, 'A badge: two to 32 small letters, digits and -, the first a letter.')
    .openapi({ example: 'tester' }),
});

const body = z.strictObject({
  members: z
    .array(memberId)
    .min(1)
    .max(1000)
    .refine((list) => new Set(list).size === list.length, 'Each member once.'),
  reason,
  reference: z.string().min(1).max(128).optional().openapi({ description: 'Where it stands in your books.' }),
});

const request = { params, headers: idempotencyKeyOptional, body: jsonBody(body) };

const awarding = createRoute({
  method: 'post',
  path: '/v1/badges/{badge}/awards',
  summary: 'Award a badge to members, up to 1,000 at once: recognition without money',
  description: 'Who has it already keeps it. A member has 32 badges at most; who is refused stops none of the others.',
  tags: ['members'],
  ...only('ops'),
  request,
  responses: {
    200: jsonAnswer(
      z
        .object({
          badge: z.string(),
          awarded: z.int(),
          unchanged: z.int().openapi({ description: 'Who had it already.' }),
          refused: z.array(z.object({ memberId: z.string(), reason: z.string() })),
        })
        .openapi('BadgeAwards'),
      'How many have it since, how many had it already, and who was refused',
    ),
    ...bodyProblems(),
  },
});

const withdrawing = createRoute({
  method: 'post',
  path: '/v1/badges/{badge}/withdrawals',
  summary: 'Take a badge back from members, up to 1,000 at once',
  tags: ['members'],
  ...only('ops'),
  request,
  responses: {
    200: jsonAnswer(
      z
        .object({
          badge: z.string(),
          withdrawn: z.int(),
          unchanged: z.int().openapi({ description: 'Who did not have it.' }),
        })
        .openapi('BadgeWithdrawals'),
      'How many have it no longer, and how many did not have it',
    ),
    ...bodyProblems(),
  },
});

const countOf = (results: BadgeResult[], wanted: boolean): number =>
  results.filter(({ decision }) => decision.outcome !== 'refused' && decision.receipt.changed === wanted).length;

const refusedOf = (results: BadgeResult[]) =>
  results
    .flatMap(({ memberId: who, decision }) =>
      decision.outcome === 'refused' ? [{ memberId: who, reason: decision.refusal }] : [],
    )
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));

const changeOf = (badge: string, by: string, { reason: why, reference }: z.infer<typeof body>): BadgeChange => ({
  badge,
  by,
  reason: why,
  ...(reference === undefined ? {} : { reference }),
});

/** Nobody waits at a checkout for it: a thousand members have the time that they take on a busy machine. */
const patient = (asked: ReturnType<typeof requestOf>) => ({ ...asked, deadline: performance.now() + patienceMs });

export const badgeRoutes = (app: App, badges: BadgeStore) => {
  app.openapi(awarding, async (c) => {
    const { badge } = c.req.valid('param');
    const given = c.req.valid('json');
    const change = changeOf(badge, c.get('caller').subject, given);
    const decision = await badges.change(award, change, given.members, patient(requestOf(c, given)));
    const results = receiptOf<BadgeResult[], never>(c, decision, {});
    const [awarded, unchanged] = [countOf(results, true), countOf(results, false)];
    return c.json({ badge, awarded, unchanged, refused: refusedOf(results) }, 200);
  });
  app.openapi(withdrawing, async (c) => {
    const { badge } = c.req.valid('param');
    const given = c.req.valid('json');
    const change = changeOf(badge, c.get('caller').subject, given);
    const decision = await badges.change(withdraw, change, given.members, patient(requestOf(c, given)));
    const results = receiptOf<BadgeResult[], never>(c, decision, {});
    return c.json({ badge, withdrawn: countOf(results, true), unchanged: countOf(results, false) }, 200);
  });
};
