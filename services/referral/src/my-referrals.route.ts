import type { Store } from '@fcode/dynamo';
import {
  type App,
  commonProblem,
  createRoute,
  instant,
  jsonAnswer,
  only,
  page,
  problems,
  requestOf,
  z,
} from '@fcode/http';
import { inviterPartition, leftOf, madeKind, madePrefix, type Reward, referralRef } from './referral.ts';
import { channel } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/me/referrals',
  summary: 'Friends of mine who bought, and what each earned me',
  description: 'The newest first. It names no friend.',
  tags: ['members'],
  ...only('member'),
  request: { query: page },
  responses: {
    200: jsonAnswer(
      z.object({
        items: z.array(
          z
            .object({
              referralId: z.string(),
              campaignId: z.string(),
              channel: channel.optional(),
              via: z.enum(['code', 'link']),
              batch: z.int(),
              index: z.int(),
              at: instant.openapi({ description: 'When the friend bought.' }),
              reward: z
                .object({
                  rewardId: z.string(),
                  points: z.number(),
                  taken: z
                    .number()
                    .optional()
                    .openapi({ description: 'Points taken back since the friend returned something.' }),
                  status: z.enum(['pending', 'vested', 'reversed']),
                  vestsAt: instant,
                  vestedAt: instant.optional(),
                })
                .optional(),
            })
            .openapi('Referral'),
        ),
        cursor: z.string().optional(),
      }),
      'A page',
    ),
    ...problems(),
  },
});

const rewardView = (reward: Reward) => {
  const { noted: _, reduced: _reduced, ...told } = reward;
  const taken = reward.points - leftOf(reward);
  return { ...told, ...(taken > 0 ? { taken } : {}) };
};

export const myReferralsRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { deadline } = requestOf(c);
    if (cursor !== undefined && !cursor.startsWith(madePrefix)) throw commonProblem('invalid_request');
    const pk = inviterPartition(c.get('caller').subject);
    const found = await store.query(
      { pk, prefix: madePrefix, limit, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) },
      madeKind,
    );
    const edges = await store.read(
      found.items.map(({ state }) => referralRef(state.referralId as string)),
      deadline,
    );
    const items = edges.flatMap(({ state }) => {
      if (state.status === 'none') return [];
      const { referralId, campaignId, channel: by, via, batch, index, madeAt } = state.made;
      const { reward } = state;
      const told = {
        referralId,
        campaignId,
        ...(by === undefined ? {} : { channel: by }),
        via,
        batch,
        index,
        at: madeAt,
      };
      return [{ ...told, ...(reward ? { reward: rewardView(reward) } : {}) }];
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });
