import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyRequired,
  jsonAnswer,
  jsonBody,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import type { Desk } from './desk.ts';
import { wishes } from './grant.wishes.ts';
import { refusals } from './refusals.ts';
import { campaignPath } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/campaigns/{campaignId}/batches',
  summary: 'Grant a batch of codes: to members, as bearer codes, or as one code by name',
  description: 'Counts against the quota. One small write, however many codes.',
  tags: ['grants'],
  ...only('ops'),
  request: {
    params: campaignPath,
    headers: idempotencyKeyRequired,
    body: jsonBody(
      z.strictObject({
        to: wishes,
        reason,
        reference: z
          .string()
          .min(1)
          .max(128)
          .optional()
          .openapi({ description: 'Where this grant stands in your books.' }),
      }),
    ),
  },
  responses: {
    201: jsonAnswer(
      z
        .object({ batch: z.int(), campaignId: z.string(), codes: z.int(), to: z.enum(['members', 'bearer']) })
        .openapi('Grant'),
      'The batch',
    ),
    ...bodyProblems(404, 409),
  },
});

/** What is wanted, as the store takes it. */
const codesFor = (to: z.infer<typeof wishes>) => {
  if ('members' in to) return { to: 'members' as const, ...to };
  if ('bearer' in to) return { to: 'bearer' as const, ...to };
  const { name, uses, perBuyer } = to;
  return { to: 'bearer' as const, bearer: uses, named: { name: name.trim(), perBuyer } };
};

export const grantRoute = (app: App, { grants }: Desk) =>
  app.openapi(route, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { to: wanted, reason, reference } = c.req.valid('json');
    const decision = await grants.grant(
      {
        campaignId,
        reason,
        by: c.get('caller').subject,
        ...codesFor(wanted),
        ...(reference === undefined ? {} : { reference }),
      },
      requestOf(c, c.req.valid('json')),
    );
    // Field by field: a first answer comes from a map of the store's, which has no order, and is the same to the letter.
    const { batch, codes, to } = receiptOf(c, decision, refusals);
    return c.json({ batch, campaignId, codes, to }, 201);
  });
