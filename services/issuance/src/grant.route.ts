import { normalizeName } from '@fcode/codes';
import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyRequired,
  jsonAnswer,
  jsonBody,
  memberId,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { codesAtMost } from './campaign.ts';
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignPath } from './schemas.ts';

const members = z
  .array(z.strictObject({ memberId, codes: z.int().min(1).max(100) }))
  .min(1)
  .max(1000)
  .refine((list) => new Set(list.map((grantee) => grantee.memberId)).size === list.length, 'Each member once.');

const usesAtMost = 100_000;

const named = z.strictObject({
  name: z
    .string()
    .max(64)
    .refine(
      (name) => normalizeName(name) !== undefined,
      'Three to 32 letters and digits, other than 16 that could be a printed code.',
    )
    .openapi({
      description:
        'What shoppers type, in any case and with any hyphens and spaces. It is given once, in all campaigns.',
      example: 'SPRING-2026',
    }),
  uses: z.int().min(1).max(usesAtMost).openapi({ description: 'How often it may be used in all.' }),
  perBuyer: z.int().min(0).max(20).default(0).openapi({ description: 'How often by one buyer; 0 is no limit.' }),
});

const wishes = z.union([
  z.strictObject({ members }),
  named,
  z
    .strictObject({
      bearer: z.int().min(1).max(codesAtMost).openapi({ description: 'How many codes.' }),
      canaries: z.int().min(0).max(1000).default(0).openapi({
        description:
          'Codes besides, that are in the export and that nobody must be given: whoever tries one has the file. They do not count against the quota.',
      }),
    })
    .refine(({ bearer, canaries }) => canaries <= bearer, {
      path: ['canaries'],
      message: 'No more canaries than codes.',
    }),
]);

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
