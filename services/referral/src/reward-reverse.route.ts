import type { Store } from '@fcode/dynamo';
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
import { referralIdForm, referralRef } from './referral.ts';
import { refusals } from './refusals.ts';
import { reverse } from './reward.rule.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/referrals/{referralId}/reversal',
  summary: 'Take the reward of a referral back, whole',
  description: 'Who invited whom stays as it is: the friend earns nobody another reward.',
  tags: ['referrals'],
  ...only('ops'),
  request: {
    params: z.object({ referralId: z.string().regex(referralIdForm, 'A referral id, such as ref_ and 22 symbols.') }),
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ reason })),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ referralId: z.string(), rewardId: z.string(), status: z.literal('reversed') })
        .openapi('RewardReversal'),
      'The reward is taken back',
    ),
    ...bodyProblems(404),
  },
});

export const rewardReverseRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => {
    const { referralId } = c.req.valid('param');
    const body = c.req.valid('json');
    const request = requestOf(c, body);
    const command = { by: c.get('caller').subject, reason: body.reason, at: request.at };
    const decision = await store.change([referralRef(referralId)], (referral) => reverse(command, referral), request);
    return c.json(receiptOf(c, decision, refusals), 200);
  });
