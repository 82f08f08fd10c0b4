import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  only,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { campaignRef, definitionSchema } from './campaign.ts';
import { edit } from './campaign-edit.rule.ts';
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignPath, etagForm, etagOf, revision, revisionIn } from './schemas.ts';

const route = createRoute({
  method: 'put',
  path: '/v1/campaigns/{campaignId}',
  summary: 'Edit a draft: a whole definition in the place of the one that it has',
  description:
    '`If-Match` names the revision that was read, as the `ETag` of the campaign does: where somebody has edited it since, the answer is 412 `changed_meanwhile`, and nothing is lost. What is published stands.',
  tags: ['campaigns'],
  ...only('ops'),
  request: {
    params: campaignPath,
    headers: idempotencyKeyOptional.extend({
      'if-match': z
        .string()
        .regex(etagForm, 'The ETag of the campaign as it was read, such as "1".')
        .openapi({ description: 'The revision that was read, in quotes.', example: '"1"' }),
    }),
    body: jsonBody(definitionSchema),
  },
  responses: {
    200: jsonAnswer(
      z.object({ campaignId: z.string(), status: z.literal('draft'), revision }).openapi('CampaignEditReceipt'),
      'The draft, and its revision now',
    ),
    ...bodyProblems(404, 409, 412),
  },
});

export const campaignEditRoute = (app: App, { store }: Desk) =>
  app.openapi(route, async (c) => {
    const { campaignId } = c.req.valid('param');
    const definition = c.req.valid('json');
    const read = revisionIn(c.req.valid('header')['if-match']);
    const request = requestOf(c, { read, ...definition });
    const command = { campaignId, by: c.get('caller').subject, at: request.at };
    const decision = await store.change(
      [campaignRef(campaignId)],
      (campaign) => edit(command, campaign, definition, read),
      request,
    );
    const { status, revision } = receiptOf(c, decision, refusals);
    c.header('ETag', etagOf(revision));
    return c.json({ campaignId, status, revision }, 200);
  });
