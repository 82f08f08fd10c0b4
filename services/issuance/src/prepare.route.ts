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
import { capacityFor, peakAtMost } from '@fcode/infra/capacity';
import { services } from '@fcode/infra/tables';
import { topics } from '@fcode/infra/topics';
import { campaignRef } from './campaign.ts';
import { unkeyed } from './campaign-store.ts';
import type { Desk } from './desk.ts';
import { opensSoon, prepare } from './prepare.rule.ts';
import { preparedRef } from './prepared.ts';
import { refusals } from './refusals.ts';
import { campaignPath } from './schemas.ts';

const rate = z.int().min(0).max(peakAtMost);
const units = z.int();

const plan = z
  .object({
    indexShards: z.int().openapi({ description: 'FCODE_INDEX_SHARDS of every service.', example: 16 }),
    tables: z
      .array(
        z.object({
          table: z.enum(services),
          writeUnits: units,
          readUnits: units,
          indexes: z
            .object({ outbox: units, due: units, board: units })
            .openapi({ description: 'Write units of each of its indexes.' }),
        }),
      )
      .openapi({ description: 'DynamoDB’s units a second, which is also the warm throughput that a table needs.' }),
    topics: z
      .array(
        z.object({
          topic: z.enum(Object.keys(topics) as [keyof typeof topics, ...(keyof typeof topics)[]]),
          partitions: z.int().openapi({ description: 'As the topic has them.' }),
          needed: z.int().openapi({ description: 'With which the slowest listener keeps pace at the peak.' }),
        }),
      )
      .openapi({ description: 'With fewer partitions nothing is lost: listeners fall behind, and catch up.' }),
  })
  .openapi('CapacityPlan');

const route = createRoute({
  method: 'post',
  path: '/v1/campaigns/{campaignId}/prepare',
  summary: 'Say what is expected of a drop, and be told what the system needs for it',
  description:
    'Nothing of the campaign changes. Where it opens within the hour, this instance holds a slice of its quota from now on, and the first claims do not wait for one. What tables and topics have, and setting it, is for `npx fcode campaign prepare`.',
  tags: ['campaigns'],
  ...only('ops'),
  request: {
    params: campaignPath,
    headers: idempotencyKeyOptional,
    body: jsonBody(
      z.strictObject({
        claimsPerSecond: rate.openapi({ description: 'Claims in the busiest second.', example: 2000 }),
        ordersPerSecond: rate.openapi({
          description: 'Orders at checkout in the busiest second: a hold and its confirmation each.',
          example: 1500,
        }),
      }),
    ),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ campaignId: z.string(), claimsPerSecond: z.int(), ordersPerSecond: z.int(), plan })
        .openapi('CampaignPreparation'),
      'What it needs',
    ),
    ...bodyProblems(404, 409),
  },
});

export const prepareRoute = (app: App, { store, campaigns, claims, ladders }: Desk) =>
  app.openapi(route, async (c) => {
    const { campaignId } = c.req.valid('param');
    const peak = c.req.valid('json');
    const request = requestOf(c, peak);
    const command = { campaignId, by: c.get('caller').subject, at: request.at };
    const needed = capacityFor(peak);
    const decision = await store.change(
      [preparedRef(campaignId), campaignRef(campaignId)],
      (prepared, campaign) => prepare(command, peak, needed, prepared, campaign),
      request,
    );
    const receipt = receiptOf(c, decision, refusals);
    const [{ campaign }] = await Promise.all([
      campaigns.now(campaignId, request.deadline),
      ladders.recent(request.deadline),
    ]);
    if (opensSoon(campaign, request.at)) await claims.openAhead(campaignId, campaign, unkeyed(request));
    return c.json(
      {
        campaignId,
        claimsPerSecond: receipt.claimsPerSecond,
        ordersPerSecond: receipt.ordersPerSecond,
        plan: receipt.plan,
      },
      200,
    );
  });
