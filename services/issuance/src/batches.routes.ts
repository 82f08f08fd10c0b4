import { batchExported } from '@fcode/events';
import {
  type App,
  type AppEnv,
  type Context,
  createRoute,
  instant,
  jsonAnswer,
  only,
  page,
  problems,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
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
    size: z.int().openapi({ description: 'Its codes, canaries included.' }),
    canaries: z.int(),
    createdAt: instant,
    kind: z.enum(['claims', 'grant']),
    to: z.enum(['members', 'bearer']).optional(),
    named: z
      .object({ name: z.string(), perBuyer: z.int() })
      .optional()
      .openapi({ description: 'The one code that the batch is, by its name.' }),
    reason: z.string().optional(),
    reference: z.string().optional(),
    grantedBy: z.string().optional(),
  })
  .openapi('Batch');

const batchPath = campaignPath.extend({
  batch: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 20 - 1),
});

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

const canariesRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/batches/{batch}/canaries',
  summary: 'Which rows of an exported grant nobody must be given',
  description:
    'Whoever tries one of them at a checkout has the file: `canary.touched` tells who. That they were shown is recorded.',
  tags: ['grants'],
  ...only('ops'),
  request: { params: batchPath },
  responses: {
    200: jsonAnswer(
      z.object({ items: z.array(z.object({ code: z.string(), index: z.int() })) }).openapi('Canaries'),
      'All of them',
    ),
    ...problems(404, 409),
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
    params: batchPath,
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
      const { batch, size, canaries = 0, createdAt, origin, named } = state;
      return [{ batch, campaignId, size, canaries, createdAt, ...origin, ...(named && { named }) }];
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });

  /** A granted batch, for who is about to see codes of it: that is recorded. */
  const shown = async (c: Context<AppEnv>, campaignId: string, batch: number) => {
    const by = c.get('caller').subject;
    const decision = await store.change(
      [batchRef(campaignId, batch)],
      (state) => {
        if (state.status === 'none') return refuse('batch_not_found');
        if (state.named) return refuse('batch_is_named');
        if (state.origin.kind !== 'grant') return refuse('batch_not_exportable');
        return accept([batchExported.of({ campaignId, batch, by })], state);
      },
      requestOf(c),
    );
    return receiptOf(c, decision, refusals);
  };

  app.openapi(canariesRoute, async (c) => {
    const { campaignId, batch } = c.req.valid('param');
    const { size, keyVersion, canaries = 0 } = await shown(c, campaignId, batch);
    const indexes = mint.canaries(keyVersion).all({ batch, size, canaries });
    return c.json({ items: indexes.map((index) => ({ code: mint.mint({ batch, index }, keyVersion), index })) }, 200);
  });

  app.openapi(exportRoute, async (c) => {
    const { campaignId, batch } = c.req.valid('param');
    const exported = await shown(c, campaignId, batch);
    return c.body(csvOf(store, mint, exported), 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="fcodes-${batch}.csv"`,
    }) as never;
  });
};
