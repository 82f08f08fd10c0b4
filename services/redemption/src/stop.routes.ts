import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import type { Checkout } from './checkout.ts';
import { refusals } from './refusals.ts';
import { kill, pause, resume, revokeBatch } from './stop.rule.ts';

const because = z.strictObject({ reason });
const slow =
  'Takes two seconds: once it has answered, no request that any checkout receives is answered by what was before.';

const campaignRoute = <const Verb extends string>(verb: Verb, summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/checkout/campaigns/{campaignId}/${verb}` as const,
    summary,
    description: slow,
    tags: ['stops'],
    ...only('ops'),
    request: {
      params: z.object({ campaignId: z.string().min(1).max(64) }),
      headers: idempotencyKeyOptional,
      body: jsonBody(because),
    },
    responses: {
      200: jsonAnswer(
        z
          .object({ campaignId: z.string(), checkout: z.enum(['open', 'paused', 'killed']) })
          .openapi('CheckoutOfCampaign'),
        'What checkout does with the campaign from now on',
      ),
      ...bodyProblems(404, 409),
    },
  });

const batchRoute = createRoute({
  method: 'post',
  path: '/v1/checkout/batches/{batch}/revoke',
  summary: 'Take the codes of a batch out of use for good, held or not',
  description: slow,
  tags: ['stops'],
  ...only('ops'),
  request: {
    params: z.object({
      batch: z.coerce
        .number()
        .int()
        .min(0)
        .max(2 ** 20 - 1),
    }),
    headers: idempotencyKeyOptional,
    body: jsonBody(because),
  },
  responses: {
    200: jsonAnswer(
      z.object({ batch: z.int(), campaignId: z.string(), status: z.literal('revoked') }).openapi('BatchRevocation'),
      'The batch',
    ),
    ...bodyProblems(404),
  },
});

export const stopRoutes = (app: App, { book }: Checkout) => {
  const stops = { pause, resume, kill };
  const summaries = {
    pause: 'Let no checkout take codes of the campaign; what is held can still be paid',
    resume: 'Let checkouts take codes of the campaign again',
    kill: 'Let nothing of the campaign be bought with a code any more, held or not, for good',
  };
  for (const verb of ['pause', 'resume', 'kill'] as const) {
    app.openapi(campaignRoute(verb, summaries[verb]), async (c) => {
      const { campaignId } = c.req.valid('param');
      const body = c.req.valid('json');
      const command = { campaignId, by: c.get('caller').subject, ...body };
      const stop = { pause: 'paused', resume: 'none', kill: 'killed' } as const;
      const decision = await book.tell(
        { kind: 'stop', campaignId, stop: stop[verb] },
        (known) => stops[verb](command, known.campaign(campaignId)),
        requestOf(c, body),
      );
      return c.json(receiptOf(c, decision, refusals), 200);
    });
  }

  app.openapi(batchRoute, async (c) => {
    const { batch } = c.req.valid('param');
    const body = c.req.valid('json');
    const command = { batch, by: c.get('caller').subject, ...body };
    const decision = await book.tell(
      { kind: 'revoked', batch },
      (known) => revokeBatch(command, known.of(batch)),
      requestOf(c, body),
    );
    return c.json(receiptOf(c, decision, refusals), 200);
  });
};
