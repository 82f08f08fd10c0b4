import type { Store } from '@fcode/dynamo';
import { type App, commonProblem, createRoute, jsonAnswer, only, page, problems, requestOf, z } from '@fcode/http';
import { linkOfKind, linkRef, linksOf, linksPrefix, memberPartition } from './link.ts';
import { linkViewOf } from './link.view.ts';
import { campaignId, linkView } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/me/links',
  summary: 'My invite links',
  tags: ['members'],
  ...only('member'),
  request: { query: page.extend({ campaignId: campaignId.optional() }) },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(linkView), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

export const myLinksRoute = (app: App, store: Store) =>
  app.openapi(route, async (c) => {
    const { limit, cursor, campaignId: campaign } = c.req.valid('query');
    const { deadline } = requestOf(c);
    const prefix = campaign === undefined ? linksPrefix : linksOf(campaign);
    if (cursor !== undefined && !cursor.startsWith(prefix)) throw commonProblem('invalid_request');
    const pk = memberPartition(c.get('caller').subject);
    const found = await store.query({ pk, prefix, limit, ...(cursor === undefined ? {} : { cursor }) }, linkOfKind);
    const refs = found.items.map(({ state }) => linkRef(state.linkId as string));
    const links = await store.read(refs, deadline);
    const items = links.flatMap(({ state }) => (state.status === 'made' ? [linkViewOf(state)] : []));
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });
