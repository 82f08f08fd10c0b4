import type { Store } from '@fcode/dynamo';
import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  jsonAnswer,
  jsonBody,
  memberId,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { tierSchema } from '@fcode/policy';
import type { Ladders } from './ladders.ts';
import { memberRef } from './member.ts';
import { type PinReceipt, pin } from './pin.rule.ts';

const route = createRoute({
  method: 'put',
  path: '/v1/members/{memberId}/pins',
  summary: 'Give a member tiers by hand, whatever the score, or take them back with an empty list',
  tags: ['members'],
  ...only('ops'),
  request: {
    params: z.object({ memberId }),
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ pins: z.array(tierSchema).max(4), reason })),
  },
  responses: {
    200: jsonAnswer(
      z.object({ memberId: z.string(), pins: z.array(z.string()) }).openapi('Pins'),
      'The pins as they are now',
    ),
    ...bodyProblems(),
  },
});

export const pinRoute = (app: App, store: Store, ladders: Ladders) =>
  app.openapi(route, async (c) => {
    const { memberId } = c.req.valid('param');
    const body = c.req.valid('json');
    const command = { memberId, by: c.get('caller').subject, ...body };
    const request = requestOf(c, body);
    const ladder = await ladders.recent(request.deadline);
    const decision = await store.change(
      [memberRef(memberId)],
      (member) => pin(command, ladder, request.at, member),
      request,
    );
    return c.json(receiptOf<PinReceipt, never>(c, decision, {}), 200);
  });
