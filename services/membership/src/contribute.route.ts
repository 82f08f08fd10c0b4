import { type App, bodyProblems, createRoute, jsonAnswer, jsonBody, memberId, only, requestOf, z } from '@fcode/http';
import type { Result } from './contribute.rule.ts';
import type { ContributionStore } from './contribution-store.ts';
import { rewardSource } from './on-reward.ts';
import { purchaseSource } from './purchase.ts';

const name = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => text.isWellFormed(), 'Text with half of a surrogate pair.');

/** For one call; ms. */
const patienceMs = 8000;

/** Before this nothing counts any more; and the first years of all have no text that every reader takes. */
const earliest = Date.UTC(2000);

/** One row, checked by itself: a bad one is refused with its reason and stops none of the others. */
const row = z.strictObject({
  memberId,
  source: name
    .regex(/^[\w.-]+$/, 'Letters, digits and . _ -')
    .refine((source) => source !== rewardSource, 'Rewards are counted by the system itself.')
    .refine((source) => source !== purchaseSource, 'Purchases are counted by the system itself.'),
  ref: name,
  kind: name,
  occurredAt: z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) >= earliest, 'Not before the year 2000.'),
});

const result = z
  .object({
    status: z.enum(['accepted', 'duplicate', 'refused']),
    reason: z.string().optional().openapi({ description: 'A word, or for a row that does not fit, a sentence.' }),
  })
  .openapi('ContributionResult');

const route = createRoute({
  method: 'post',
  path: '/v1/contributions',
  summary: 'Record what members did, up to 500 at once',
  description:
    'Each is `{memberId, source, ref, kind, occurredAt}`; `source` and `ref` name it for good, so sending the same again changes nothing. Kind `reversal` takes back what they name. Each gets its own result.',
  tags: ['members'],
  ...only('connector', 'ops'),
  request: { body: jsonBody(z.strictObject({ contributions: z.array(z.unknown()).min(1).max(500) })) },
  responses: {
    200: jsonAnswer(
      z.object({ results: z.array(result) }).openapi('ContributionResults'),
      'One result for each, in order',
    ),
    ...bodyProblems(),
  },
});

export const contributeRoute = (app: App, contributions: ContributionStore) =>
  app.openapi(route, async (c) => {
    const rows = c.req.valid('json').contributions.map((given) => row.safeParse(given));
    const good = rows.flatMap(({ data }) => (data ? [{ ...data, occurredAt: Date.parse(data.occurredAt) }] : []));
    // Nobody waits at a checkout for it: hundreds of rows have the time that they take on a busy machine.
    const request = { ...requestOf(c), deadline: performance.now() + patienceMs };
    const { subject, roles } = c.get('caller');
    const recorded = await contributions.record(good, request, roles.includes('ops') ? subject : undefined);
    const results = rows.map(({ error }): { status: Result['status']; reason?: string } => {
      if (!error) return recorded.shift() as Result;
      const [issue] = error.issues;
      return { status: 'refused', reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
    });
    return c.json({ results }, 200);
  });
