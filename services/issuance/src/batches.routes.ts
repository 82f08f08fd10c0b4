import { batchExported } from '@fcode/events';
import {
  type App,
  createRoute,
  instant,
  jsonAnswer,
  only,
  Problem,
  type ProblemKind,
  page,
  problems,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { accept, refuse } from '@fcode/policy';
import { type Batch, batchesOf, batchKind, batchRef, exportedAt } from './batch.ts';
import { rangeIn } from './byte-range.ts';
import { unkeyed } from './campaign-store.ts';
import type { Desk } from './desk.ts';
import { csvOf } from './export.ts';
import { refusals } from './refusals.ts';
import { campaignPath, exported } from './schemas.ts';

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
    exported: exported.optional(),
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

const fileHeaders = {
  'Accept-Ranges': { schema: { type: 'string' as const }, description: '`bytes`: any one range of them.' },
  ETag: { schema: { type: 'string' as const }, description: 'Names this file to the byte; for `If-Range`.' },
};

const exportRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/batches/{batch}/codes.csv',
  summary: 'The codes of a grant, as streamed CSV',
  description:
    'Columns: code, batch, index, and member_id where the grant names members. That it was exported is recorded, each ' +
    'time. Whose connection broke goes on with `Range: bytes=N-`, N being the bytes that came, and `If-Range` with the ' +
    '`ETag` of then. HEAD tells the `ETag`, and the length where no members are named; no code is shown, nothing is recorded.',
  tags: ['grants'],
  ...only('ops'),
  request: {
    params: batchPath,
    headers: z.object({
      range: z.string().optional().openapi({ description: 'One range of bytes; others are passed over.' }),
      'if-range': z.string().optional().openapi({
        description: 'The `ETag` that the range is of. The whole file comes where it is another one now.',
      }),
    }),
  },
  responses: {
    200: { description: 'The codes', content: { 'text/csv': { schema: z.string() } }, headers: fileHeaders },
    206: {
      description: 'The bytes of the file that `Content-Range` names',
      content: { 'text/csv': { schema: z.string() } },
      headers: {
        ...fileHeaders,
        'Content-Range': { schema: { type: 'string' }, description: '`bytes FIRST-LAST/ALL`' },
      },
    },
    ...problems(404, 409, 416),
  },
});

const outsideFile: ProblemKind = { status: 416, title: 'The file has no bytes in this range.' };

interface Showing {
  campaignId: string;
  batch: number;
  by: string;
  what: 'codes' | 'canaries';
  /** Epoch ms. */
  at: number;
}

/** `by` is about to see codes of a batch: of a granted one, and each time is recorded, whatever key it comes with. */
const show =
  ({ at, ...shown }: Showing) =>
  (state: Batch) => {
    if (state.status === 'none') return refuse('batch_not_found');
    if (state.named) return refuse('batch_is_named');
    if (state.origin.kind !== 'grant') return refuse('batch_not_exportable');
    const kept = shown.what === 'codes' ? [exportedAt(new Date(at).toISOString())] : [];
    return accept([batchExported.of(shown), ...kept], state);
  };

export const batchesRoutes = (app: App, { store, mint }: Desk) => {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { campaignId } = c.req.valid('param');
    const range = { pk: batchesOf(campaignId), limit, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) };
    const found = await store.query(range, batchKind);
    const items = found.items.flatMap(({ state }) => {
      if (state.status === 'none') return [];
      const { batch, size, canaries = 0, createdAt, origin, named, exported } = state;
      const rest = { ...(named && { named }), ...(exported && { exported }) };
      return [{ batch, campaignId, size, canaries, createdAt, ...origin, ...rest }];
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });

  app.openapi(canariesRoute, async (c) => {
    const { campaignId, batch } = c.req.valid('param');
    const request = unkeyed(requestOf(c));
    const rule = show({ campaignId, batch, by: c.get('caller').subject, what: 'canaries', at: request.at });
    const shown = await store.change([batchRef(campaignId, batch)], rule, request);
    const { size, keyVersion, canaries = 0 } = receiptOf(c, shown, refusals);
    const indexes = mint.canaries(keyVersion).all({ batch, size, canaries });
    return c.json({ items: indexes.map((index) => ({ code: mint.mint({ batch, index }, keyVersion), index })) }, 200);
  });

  app.openapi(exportRoute, async (c) => {
    const { campaignId, batch } = c.req.valid('param');
    const { range: wanted, 'if-range': ofFile } = c.req.valid('header');
    const ref = batchRef(campaignId, batch);
    const request = unkeyed(requestOf(c));
    const rule = show({ campaignId, batch, by: c.get('caller').subject, what: 'codes', at: request.at });
    const [kept] = await store.read([ref], request.deadline);
    const file = csvOf(store, mint, receiptOf(c, rule(kept.state), refusals));
    const headers = {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="fcodes-${batch}.csv"`,
      'accept-ranges': 'bytes',
      etag: file.etag,
    };
    const ofWhole = { ...headers, ...(file.length === undefined ? {} : { 'content-length': String(file.length) }) };
    if (c.req.method === 'HEAD') return c.body(null, 200, ofWhole) as never;

    const isWanted = wanted !== undefined && (ofFile === undefined || ofFile === file.etag);
    const length = isWanted ? await file.measure() : 0;
    const range = isWanted ? rangeIn(wanted, length) : undefined;
    if (range === 'none') {
      c.header('Content-Range', `bytes */${length}`);
      throw new Problem('range_not_satisfiable', outsideFile);
    }
    receiptOf(c, await store.change([ref], rule, request, [kept]), refusals);
    if (range === undefined) return c.body(file.read(), 200, ofWhole) as never;
    const { start, end } = range;
    return c.body(file.read(range), 206, {
      ...headers,
      'content-length': String(end - start),
      'content-range': `bytes ${start}-${end - 1}/${length}`,
    }) as never;
  });
};
