import { batchExported } from '@fcode/events';
import { type App, createRoute, instant, jsonAnswer, only, page, problems, receiptOf, requestOf, z } from '@fcode/http';
import { accept, refuse } from '@fcode/policy';
import { batchesOf, batchKind, batchRef } from './batch.ts';
import type { Desk } from './desk.ts';
import { csvOf } from './export.ts';
import { refusals } from './refusals.ts';
import { campaignPath } from './schemas.ts';

const batchView = z
  .object({
    batch: z.int(),
    campaignId: z.string(),
    size: z.int(),
    createdAt: instant,
    kind: z.enum(['claims', 'grant']),
    to: z.enum(['members', 'bearer']).optional(),
    reason: z.string().optional(),
    reference: z.string().optional(),
    grantedBy: z.string().optional(),
  })
  .openapi('Batch');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/batches',
  summary: 'The batches of a campaign, newest first',
  tags: ['grants'],
  ...only('ops'),
  request: { params: campaignPath, query: page },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(batchView), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

const exportRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/batches/{batch}/codes.csv',
  summary: 'The codes of a grant, as streamed CSV',
  description:
    'Columns: code, batch, index, and member_id where the grant names members. That it was exported is recorded.',
  tags: ['grants'],
  ...only('ops'),
  request: {
    params: campaignPath.extend({
      batch: z.coerce
        .number()
        .int()
        .min(1)
        .max(2 ** 20 - 1),
    }),
  },
  responses: {
    200: { description: 'The codes', content: { 'text/csv': { schema: z.string() } } },
    ...problems(404, 409),
  },
});

export const batchesRoutes = (app: App, { store, mint }: Desk) => {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { campaignId } = c.req.valid('param');
    const range = { pk: batchesOf(campaignId), limit, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) };
    const found = await store.query(range, batchKind);
    const items = found.items.flatMap(({ state }) => {
      if (state.status === 'none') return [];
      const { batch, size, createdAt, origin } = state;
      return [{ batch, campaignId, size, createdAt, ...origin }];
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });

  app.openapi(exportRoute, async (c) => {
    const { campaignId, batch } = c.req.valid('param');
    const by = c.get('caller').subject;
    const decision = await store.change(
      [batchRef(campaignId, batch)],
      (state) => {
        if (state.status === 'none') return refuse('batch_not_found');
        if (state.origin.kind !== 'grant') return refuse('batch_not_exportable');
        return accept([batchExported.of({ campaignId, batch, by })], state);
      },
      requestOf(c),
    );
    const exported = receiptOf(c, decision, refusals);
    return c.body(csvOf(store, mint, exported), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="fcodes-${batch}.csv"`,
    }) as never;
  });
};
