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
import { close, pause, resume } from './campaign.rules.ts';
import type { Desk } from './desk.ts';
import { refusals } from './refusals.ts';
import { campaignPath, campaignReceipt } from './schemas.ts';

const route = <const Verb extends string, Body extends z.ZodType>(verb: Verb, summary: string, body: Body) =>
  createRoute({
    method: 'post',
    path: `/v1/campaigns/{campaignId}/${verb}` as const,
    summary,
    tags: ['campaigns'],
    ...only('ops'),
    request: { params: campaignPath, headers: idempotencyKeyOptional, body: jsonBody(body) },
    responses: { 200: jsonAnswer(campaignReceipt, 'The campaign as it is now'), ...bodyProblems(404, 409) },
  });

const because = z.strictObject({ reason });

export const campaignSwitchRoutes = (app: App, { campaignStore }: Desk) => {
  app.openapi(
    route('publish', 'Publish a draft: its terms stand, its codes can be claimed in the window', z.strictObject({})),
    async (c) => {
      const { campaignId } = c.req.valid('param');
      const decision = await campaignStore.publish(campaignId, c.get('caller').subject, requestOf(c, {}));
      return c.json(receiptOf(c, decision, refusals), 200);
    },
  );

  const switches = { pause, resume, close };
  const summaries = {
    pause: 'Stop claims at once, and new holds within seconds; what is held can still be paid',
    resume: 'Let a paused campaign go on',
    close: 'End a campaign for good',
  };
  for (const verb of ['pause', 'resume', 'close'] as const) {
    app.openapi(route(verb, summaries[verb], because), async (c) => {
      const { campaignId } = c.req.valid('param');
      const body = c.req.valid('json');
      const request = requestOf(c, body);
      const command = { campaignId, by: c.get('caller').subject, at: request.at };
      const decision = await campaignStore.switch(
        campaignId,
        (campaign) => switches[verb](command, campaign, body.reason),
        request,
      );
      return c.json(receiptOf(c, decision, refusals), 200);
    });
  }
};
