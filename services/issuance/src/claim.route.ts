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
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignPath, claimView, claimViewOf } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/campaigns/{campaignId}/claims',
  summary: 'Take a code from my allotment',
  tags: ['members'],
  ...only('member'),
  request: { params: campaignPath, headers: idempotencyKeyRequired, body: jsonBody(z.strictObject({})) },
  responses: { 201: jsonAnswer(claimView, 'The code, and what the decision rested on'), ...bodyProblems(404, 409) },
});

export const claimRoute = (app: App, { claims, mint }: Desk) =>
  app.openapi(route, async (c) => {
    const { campaignId } = c.req.valid('param');
    const request = requestOf(c, {});
    const command = {
      campaignId,
      memberId: c.get('caller').subject,
      region: c.get('caller').region ?? '',
      request: request.idempotency?.key ?? request.causationId,
      at: request.at,
    };
    return c.json(claimViewOf(mint, receiptOf(c, await claims.claim(command, request), refusals)), 201);
  });
