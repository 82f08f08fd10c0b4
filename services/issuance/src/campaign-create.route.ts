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
} from '@fcode/http';
import { definitionSchema } from './campaign.ts';
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignReceipt } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/campaigns',
  summary: 'Draft a campaign',
  tags: ['campaigns'],
  ...only('ops'),
  request: { headers: idempotencyKeyRequired, body: jsonBody(definitionSchema) },
  responses: { 201: jsonAnswer(campaignReceipt, 'The draft'), ...bodyProblems() },
});

export const campaignCreateRoute = (app: App, { campaignStore }: Desk) =>
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const decision = await campaignStore.create(body, c.get('caller').subject, requestOf(c, body));
    // Field by field: a first answer comes from a map of the store's, which has no order, and is the same to the letter.
    const { campaignId, status } = receiptOf(c, decision, refusals);
    return c.json({ campaignId, status }, 201);
  });
