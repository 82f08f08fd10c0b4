import { fromTheTop } from '@fcode/dynamo';
import { type App, createRoute, jsonAnswer, only, page, problems, requestOf, z } from '@fcode/http';
import type { Desk } from './desk.ts';
import { grantRef, grantsOf, rankOf, waitingBoard } from './grant-job.ts';
import { grantView, type Known, viewOf } from './grants.routes.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/grants',
  summary: 'Grants that wait for approval, of all campaigns, newest first',
  description:
    'One that was asked for, approved or cancelled a moment ago may be missing, but none is shown that waits no more: a page may be short for it, and have a `cursor` all the same. One that waits since a release that knew no such list stands in its campaign alone.',
  tags: ['grants'],
  ...only('ops'),
  request: {
    query: page.extend({
      status: z.literal('waiting'),
      cursor: z
        .string()
        .regex(/^gr_[01][0-9A-HJKMNP-TV-Z]{25}$/, 'The `cursor` of the page before.')
        .optional(),
    }),
  },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(grantView), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

export const waitingGrantsRoute = (app: App, { store }: Desk) =>
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { at, deadline } = requestOf(c);
    const found: { campaignId: string; grantId: string }[] = [];
    const between = cursor === undefined ? {} : { between: { from: '-1', to: rankOf(cursor) } };
    // One more than wanted tells whether there is another page.
    for await (const { key } of fromTheTop(store, { board: waitingBoard, first: limit + 1, ...between })) {
      found.push({ campaignId: key.pk.slice(grantsOf('').length), grantId: key.sk });
      if (found.length > limit) break;
    }
    const shown = found.slice(0, limit);
    const kept = await store.read(
      shown.map(({ campaignId, grantId }) => grantRef(campaignId, grantId)),
      deadline,
    );
    // The index may lag.
    const waiting = kept.map(({ state }) => state).filter((grant): grant is Known => grant.status === 'waiting');
    const last = found.length > limit ? shown.at(-1)?.grantId : undefined;
    return c.json(
      { items: waiting.map((grant) => viewOf(grant, at)), ...(last === undefined ? {} : { cursor: last }) },
      200,
    );
  });
