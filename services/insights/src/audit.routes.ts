import type { Store } from '@fcode/dynamo';
import {
  type App,
  createRoute,
  instant,
  jsonAnswer,
  only,
  page,
  problems,
  requestOf,
  subjectForm,
  z,
} from '@fcode/http';
import { keepExport, lookedAtMost, readAudit } from './audit.ts';
import { actionNames, exportAction } from './audit-actions.ts';
import { csvOf } from './audit-export.ts';
import { placeForm } from './places.ts';
import { campaignId } from './schemas.ts';

const range = {
  from: z.iso.datetime().optional().openapi({ description: 'The first instant.', example: '2026-12-01T00:00:00.000Z' }),
  to: z.iso
    .datetime()
    .optional()
    .openapi({ description: 'The first instant that is not meant any more.', example: '2027-01-01T00:00:00.000Z' }),
};
const whose = {
  by: z
    .string()
    .regex(subjectForm, 'An operator: the subject of a token.')
    .optional()
    .openapi({ description: 'Who did it.', example: 'ops_olga' }),
  action: z.enum(actionNames).optional(),
  campaignId: campaignId.optional(),
};
const isForward = ({ from, to }: { from?: string | undefined; to?: string | undefined }): boolean =>
  from === undefined || to === undefined || Date.parse(from) < Date.parse(to);
const backward = { path: ['to'], message: 'The end must come after the start.' };

const told = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

const entry = z
  .object({
    at: instant,
    who: z.string().openapi({ description: 'The operator: the subject of the token.', example: 'ops_olga' }),
    action: z.enum(actionNames),
    subject: z.string().openapi({
      description:
        'What it was done to: `campaign/…`, `batch/13`, `code/12.7`, `member/…`, `reward/…`, `grant/…`, `contributions`, `cutoffs` or `audit`, this log.',
      example: 'batch/13',
    }),
    campaignId: z.string().optional(),
    reason: z.string().optional(),
    reference: z.string().optional().openapi({ description: 'Where it stands in the books of who did it.' }),
    before: told.optional().openapi({ description: 'What was before, where it is known.' }),
    after: told.optional(),
    eventId: z.string().openapi({ description: 'The event that told it; of an export of this log, that export.' }),
    correlationId: z.string().openapi({ description: 'The request by which it was done.' }),
  })
  .openapi('AuditEntry');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/audit',
  summary: 'What ops did, the newest first: who, what, before and after, why',
  description: `A read model: an action shows up here a moment after it was done, and is never changed. A page looks at ${lookedAtMost.toLocaleString('en')} entries at most for those that \`by\`, \`action\` and \`campaignId\` ask for: it may be short, or empty, and have a \`cursor\` all the same; there is no more when there is none. \`from\` and \`to\` cost nothing.`,
  tags: ['audit'],
  ...only('ops'),
  request: {
    query: page
      .extend({
        ...range,
        ...whose,
        cursor: z.string().regex(placeForm).optional(),
      })
      .refine(isForward, backward),
  },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(entry), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

const exportRoute = createRoute({
  method: 'get',
  path: '/v1/audit.csv',
  summary: 'What ops did, as streamed CSV, the newest first',
  description:
    "Columns: at, who, action, subject, campaign_id, reason, reference, before and after as JSON, event_id, correlation_id. A ' stands before what a spreadsheet would take for a formula. All of the range, or what of it `by`, `action` and `campaignId` ask for. That it was exported, what of it and by whom, is an entry of its own from then on.",
  tags: ['audit'],
  ...only('ops'),
  request: { query: z.strictObject({ ...range, ...whose }).refine(isForward, backward) },
  responses: {
    200: { description: 'The entries', content: { 'text/csv': { schema: z.string() } } },
    ...problems(),
  },
});

const rowsAtOnce = 100;

export const auditRoutes = (app: App, store: Store) => {
  // Of this process: a month that has begun stays so.
  const begun = new Set<string>();

  app.openapi(listRoute, async (c) => c.json(await readAudit(store, c.req.valid('query')), 200));

  app.openapi(exportRoute, async (c) => {
    const wanted = { ...c.req.valid('query'), limit: rowsAtOnce };
    // Read before it is answered, so that a store that is away is told by a status.
    const first = await readAudit(store, wanted);
    const who = c.get('caller').subject;
    const exported = c.req.valid('query');
    const { idempotency: _, ...request } = requestOf(c);
    // This service tells no events: it is kept here, or nothing is shown.
    await keepExport(store, request, { who, ...exported }, begun);
    c.get('logger').info(
      { action: exportAction, who, exported, requestId: c.get('requestId') },
      'the audit log is exported',
    );
    return c.body(csvOf(first, (cursor) => readAudit(store, { ...wanted, cursor })) as never, 200, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="audit.csv"',
    }) as never;
  });
};
