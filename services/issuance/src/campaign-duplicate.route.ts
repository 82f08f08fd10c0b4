import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyRequired,
  jsonAnswer,
  jsonBody,
  only,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { definitionSchema } from './campaign.ts';
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignPath, campaignReceipt } from './schemas.ts';

const { name, startsAt, endsAt } = definitionSchema.shape;

const route = createRoute({
  method: 'post',
  path: '/v1/campaigns/{campaignId}/duplicate',
  summary: 'Draft a campaign like this one, in another window',
  description: 'Whatever became of this one. The ends of rules that reserve places move with the window.',
  tags: ['campaigns'],
  ...only('ops'),
  request: {
    params: campaignPath,
    headers: idempotencyKeyRequired,
    body: jsonBody(
      z
        .strictObject({ name: name.optional(), startsAt, endsAt })
        .refine(({ startsAt, endsAt }) => Date.parse(startsAt) < Date.parse(endsAt), {
          path: ['endsAt'],
          message: 'The end must come after the start.',
        }),
    ),
  },
  responses: { 201: jsonAnswer(campaignReceipt, 'The draft'), ...bodyProblems(404) },
});

export const campaignDuplicateRoute = (app: App, { campaignStore }: Desk) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const { campaignId: of } = c.req.valid('param');
    const decision = await campaignStore.duplicate(of, body, c.get('caller').subject, requestOf(c, { of, ...body }));
    const { campaignId, status } = receiptOf(c, decision, refusals);
    return c.json({ campaignId, status }, 201);
  });
