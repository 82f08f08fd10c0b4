import {
  type App,
  type AppEnv,
  bodyProblems,
  type Context,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  onlyFiles,
  Problem,
  problems,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import type { Decision } from '@fcode/policy';
import { batchRef } from './batch.ts';
import { isForGrants, partsIn } from './campaign.ts';
import type { Desk } from './desk.ts';
import { wishes } from './grant.wishes.ts';
import type { GrantJobReceipt } from './grant-job.rules.ts';
import { type GrantJob, grantKind, grantRef, grantsOf } from './grant-job.ts';
import type { Wanted } from './grant-jobs.ts';
import { enough, lookedAtMost, lookedUpAtMost, readResults, results, wantedResults } from './grant-results.ts';
import { pagesOf } from './grant-rows.ts';
import { ordered, pageOf, shortPages } from './listed.ts';
import { type Refusal, refusals } from './refusals.ts';
import { campaignPath, exported } from './schemas.ts';

export type Known = Exclude<GrantJob, { status: 'none' }>;

const reference = z
  .string()
  .min(1)
  .max(128)
  .openapi({ description: 'Where this grant stands in your books. It is one grant of the campaign.', example: 'PR-7' });

const status = z.enum(['waiting', 'running', 'done', 'cancelled']);

const approval = z.object({ by: z.string(), at: instant });

export const grantView = z
  .object({
    grantId: z.string(),
    campaignId: z.string(),
    status,
    to: z.enum(['members', 'bearer', 'named']),
    codes: z.int(),
    canaries: z.int().optional(),
    named: z.object({ name: z.string(), perBuyer: z.int() }).optional(),
    segment: z.string().optional().openapi({
      description: 'The condition by which its members were found, when it was asked for.',
      example: 'tier == "core"',
    }),
    reason: z.string(),
    reference: z.string(),
    by: z.string(),
    requestedAt: instant,
    approvals: z.array(approval),
    needed: z.int().openapi({ description: 'How many others than who asked must approve.' }),
    file: z
      .object({
        rows: z.int(),
        invalid: z.int().openapi({ description: 'Rows that name no member or no count; they get no code.' }),
        members: z.int(),
        tiers: z
          .object({
            sampled: z.int(),
            byTier: z.record(z.string(), z.int()),
            unknown: z.int().optional().openapi({
              description: 'Of whom nothing was ever heard, neither a contribution nor a badge: perhaps mistyped.',
            }),
          })
          .openapi({
            description: 'Of which tiers the members are, by a sample of them where there are more than it has.',
          }),
        overlap: z.object({ members: z.int(), grants: z.int() }).openapi({
          description: 'Members whom earlier grants of the campaign name as well, and how many grants those are.',
        }),
      })
      .optional(),
    quota: z.object({ left: z.int(), reserved: z.int(), share: z.number() }).optional().openapi({
      description:
        'While it waits: codes of the quota that are left for grants, and the part of them that it takes; `reserved` ones are left too, but for a rule, or for those who wait.',
    }),
    progress: z
      .object({
        rows: z.int(),
        done: z.int(),
        percent: z.number(),
        rowsPerSecond: z.number(),
        secondsLeft: z.int().optional(),
        granted: z.int(),
      })
      .optional(),
    batch: z.int().optional(),
    startedAt: instant.optional(),
    finishedAt: instant.optional(),
    cancelledBy: z.string().optional(),
    cancelledAt: instant.optional(),
    cancelReason: z.string().optional(),
    exported: exported.optional(),
  })
  .openapi('GrantJob');

const grantReceipt = z.object({ grantId: z.string(), status }).openapi('GrantReceipt');

const grantId = z.string().regex(/^gr_[0-9A-Z]{26}$/, 'A grant id, such as gr_01J8Z0K7Q2W3E4R5T6Y7V8B9NA.');
const grantPath = campaignPath.extend({ grantId });

const requestRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/{campaignId}/grants',
  summary: 'Ask for codes to be granted: as bearer codes, as one code by name, to some members, or to a segment',
  description:
    'Nothing is given until as many others have approved as the policy wants. The reference names the request: asked again, it is the same grant. The members of a segment are found when it is asked for, and kept as rows, as a file has them; the answer comes then. Whoever was never heard of is in none: who never contributed, was pinned or was given a badge.',
  tags: ['grants'],
  ...only('ops'),
  request: {
    params: campaignPath,
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ to: wishes, reason, reference })),
  },
  responses: { 201: jsonAnswer(grantReceipt, 'The grant'), ...bodyProblems(404, 409) },
});

const fileRoute = createRoute({
  method: 'post',
  path: '/v1/campaigns/{campaignId}/grants/csv',
  summary: 'Ask for codes to be granted to the members of a file',
  description:
    'Rows of `member_id,codes`, up to a million, read as they come. A row that is none is told in the results and stops no other. The answer comes when all rows are kept; nothing is given until it is approved.',
  tags: ['grants'],
  ...onlyFiles('ops'),
  request: {
    params: campaignPath,
    query: z.strictObject({ reason, reference }),
    body: { required: true, content: { 'text/csv': { schema: z.string() } } },
  },
  responses: { 201: jsonAnswer(grantReceipt, 'The grant'), ...bodyProblems(404, 409) },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/grants',
  summary: 'The grants of a campaign, newest first',
  description: shortPages('`status`'),
  tags: ['grants'],
  ...only('ops'),
  request: { params: campaignPath, query: ordered.extend({ status: status.optional() }) },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(grantView), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

const oneRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/grants/{grantId}',
  summary: 'A grant: what it would be while it waits, and how far it is',
  tags: ['grants'],
  ...only('ops'),
  request: { params: grantPath },
  responses: { 200: jsonAnswer(grantView, 'The grant'), ...problems(404) },
});

const rowsRoute = createRoute({
  method: 'get',
  path: '/v1/campaigns/{campaignId}/grants/{grantId}/rows',
  summary: 'What became of each row of a file, in its order',
  description: `With \`result\`, an answer looks through ${lookedAtMost.toLocaleString('en')} pages at most, and ends with the page that makes it ${enough} rows: it may be short, or empty, and have a \`next\` all the same; there is no more when there is none. With \`unknown\`, it looks through ${lookedUpAtMost}.`,
  tags: ['grants'],
  ...only('ops'),
  request: {
    params: grantPath,
    query: z.strictObject({
      page: z
        .string()
        .regex(/^\d{1,5}$/, 'The number of a page, from 0.')
        .default('0'),
      result: z.enum(wantedResults).optional().openapi({
        description:
          'Those of one result alone, from that page on; `invalid` is any of those that get no code, `unknown` those of members of whom nothing was ever heard.',
      }),
    }),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({
          items: z.array(
            z.object({
              row: z.int().openapi({ description: 'From 1, without a header.' }),
              line: z
                .int()
                .optional()
                .openapi({ description: 'In the file, from 1, with the header and empty lines.' }),
              text: z.string().optional().openapi({
                description: 'What stands in a row that gets no code; it ends with … where there is more.',
              }),
              memberId: z.string().optional(),
              isUnknown: z.boolean().optional().openapi({
                description:
                  'That nothing was ever heard of the member. It is told while the grant waits, and where it is asked for.',
              }),
              codes: z.int().optional(),
              result: z.enum(results),
              batch: z.int().optional(),
              from: z.int().optional().openapi({ description: 'The index of its first code in the batch.' }),
            }),
          ),
          next: z.int().optional().openapi({ description: 'The next page, where there is one.' }),
        })
        .openapi('GrantRows'),
      'A page of a thousand; or what of them, and of those after it, has the result',
    ),
    ...problems(404),
  },
});

const verbRoute = <const Verb extends string, Body extends z.ZodType>(verb: Verb, summary: string, body: Body) =>
  createRoute({
    method: 'post',
    path: `/v1/campaigns/{campaignId}/grants/{grantId}/${verb}` as const,
    summary,
    tags: ['grants'],
    ...only('ops'),
    request: { params: grantPath, headers: idempotencyKeyOptional, body: jsonBody(body) },
    responses: { 200: jsonAnswer(grantReceipt, 'The grant as it is now'), ...bodyProblems(404, 409) },
  });

/** A file takes as long as it takes, and a segment of a large community too. */
const fileMs = 300_000;

export const grantsRoutes = (app: App, { store, jobs, claims, campaigns }: Desk) => {
  const answered = (c: Context<AppEnv>, decision: Decision<GrantJobReceipt, Refusal | 'idempotency_key_reused'>) => {
    const { grantId, status } = receiptOf(c, decision, refusals);
    return { grantId, status };
  };

  app.openapi(requestRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { to, reason, reference } = c.req.valid('json');
    const asked = requestOf(c, c.req.valid('json'));
    const request = 'segment' in to ? { ...asked, deadline: performance.now() + fileMs } : asked;
    const about = { campaignId, reason, reference, by: c.get('caller').subject };
    const wanted = async (): Promise<Wanted> => {
      if ('members' in to) {
        return { ...about, to: 'members', ...(await jobs.fileOf(campaignId, to.members, request.at)) };
      }
      if ('segment' in to) {
        await jobs.mayAsk(campaignId, request);
        const found = await jobs.fileOfSegment(campaignId, to, request);
        return { ...about, to: 'members', segment: to.segment, ...found };
      }
      return 'bearer' in to
        ? { ...about, to: 'bearer', codes: to.bearer, ...(to.canaries === 0 ? {} : { canaries: to.canaries }) }
        : { ...about, to: 'named', codes: to.uses, named: { name: to.name.trim(), perBuyer: to.perBuyer } };
    };
    return c.json(answered(c, await jobs.request(await wanted(), request)), 201);
  });

  app.openapi(fileRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { reason, reference } = c.req.valid('query');
    const request = { ...requestOf(c), deadline: performance.now() + fileMs };
    await jobs.mayAsk(campaignId, request);
    const { codes, ...file } = await jobs.keep(campaignId, pagesOf(c.req.raw.body), request.at);
    const by = c.get('caller').subject;
    const decision = await jobs.request({ campaignId, to: 'members', codes, file, reason, reference, by }, request);
    return c.json(answered(c, decision), 201);
  });

  app.openapi(listRoute, async (c) => {
    const { campaignId } = c.req.valid('param');
    const { status, ...range } = c.req.valid('query');
    const { at } = requestOf(c);
    const found = await pageOf(
      store,
      { pk: grantsOf(campaignId), ...range },
      grantKind,
      ({ state }) =>
        state.status === 'none' || (status !== undefined && state.status !== status) ? undefined : viewOf(state, at),
      { isFiltered: status !== undefined },
    );
    return c.json(found, 200);
  });

  const known = async (campaignId: string, id: string, deadline: number): Promise<Known> => {
    const [{ state }] = await store.read([grantRef(campaignId, id)], deadline);
    if (state.status === 'none') throw new Problem('grant_not_found', refusals.grant_not_found);
    return state;
  };

  app.openapi(oneRoute, async (c) => {
    const { campaignId, grantId } = c.req.valid('param');
    const request = requestOf(c);
    const grant = await known(campaignId, grantId, request.deadline);
    if ('batch' in grant) {
      const [{ state: batch }] = await store.read([batchRef(campaignId, grant.batch)], request.deadline);
      const made = batch.status === 'created' && batch.exported ? { exported: batch.exported } : {};
      return c.json({ ...viewOf(grant, request.at), ...made }, 200);
    }
    if (grant.status !== 'waiting') return c.json(viewOf(grant, request.at), 200);
    const { campaign } = await campaigns.recent(campaignId, request.deadline);
    const parts = await Promise.all(
      partsIn(campaignId, campaign).map(async (part) => ({
        codes: await claims.left(part, request),
        isFree: isForGrants(part, campaign, request.at),
      })),
    );
    const sumOf = (isFree: boolean) => parts.reduce((sum, part) => sum + (part.isFree === isFree ? part.codes : 0), 0);
    const left = sumOf(true);
    const quota = { left, reserved: sumOf(false), share: left === 0 ? 1 : grant.codes / left };
    return c.json({ ...viewOf(grant, request.at), quota }, 200);
  });

  app.openapi(rowsRoute, async (c) => {
    const { campaignId, grantId } = c.req.valid('param');
    const { page, result: wanted } = c.req.valid('query');
    const { deadline } = requestOf(c);
    const grant = await known(campaignId, grantId, deadline);
    return c.json(await readResults(store, grant, { page: Number(page), wanted, deadline }), 200);
  });

  app.openapi(verbRoute('approve', 'Approve a grant that somebody else asked for', z.strictObject({})), async (c) => {
    const { campaignId, grantId } = c.req.valid('param');
    const decision = await jobs.approve(campaignId, grantId, c.get('caller').subject, requestOf(c, {}));
    return c.json(answered(c, decision), 200);
  });

  app.openapi(
    verbRoute('cancel', 'Cancel a grant that is not under way yet', z.strictObject({ reason })),
    async (c) => {
      const { campaignId, grantId } = c.req.valid('param');
      const body = c.req.valid('json');
      const request = requestOf(c, body);
      const decision = await jobs.cancel(campaignId, grantId, c.get('caller').subject, body.reason, request);
      return c.json(answered(c, decision), 200);
    },
  );
};

export const viewOf = (grant: Known, at: number) => {
  const { grantId, campaignId, status, to, codes, canaries, named, reason, reference, by, requestedAt } = grant;
  const { segment, approvals, needed, file } = grant;
  return {
    grantId,
    campaignId,
    status,
    to,
    codes,
    reason,
    reference,
    by,
    requestedAt,
    approvals,
    needed,
    ...(canaries === undefined ? {} : { canaries }),
    ...(named === undefined ? {} : { named }),
    ...(segment === undefined ? {} : { segment }),
    ...(file === undefined
      ? {}
      : {
          file: {
            rows: file.rows,
            invalid: file.invalid,
            members: file.members,
            tiers: file.tiers,
            overlap: file.overlap,
          },
        }),
    ...('batch' in grant ? { batch: grant.batch, startedAt: grant.startedAt } : {}),
    ...('batch' in grant && file ? { progress: progressOf(grant, file.rows, at) } : {}),
    ...(grant.status === 'done' ? { finishedAt: grant.finishedAt } : {}),
    ...(grant.status === 'cancelled' ? cancelledOf(grant) : {}),
  };
};

const cancelledOf = ({ cancelledBy, cancelledAt, cancelReason }: Extract<Known, { status: 'cancelled' }>) => ({
  cancelledBy,
  cancelledAt,
  ...(cancelReason === undefined ? {} : { cancelReason }),
});

/** How far it is, how fast it was so far, and when it will be through at that rate. */
const progressOf = (grant: Extract<Known, { batch: number }>, rows: number, at: number) => {
  const end = grant.status === 'done' ? Date.parse(grant.finishedAt) : at;
  const seconds = Math.max(0.001, (end - Date.parse(grant.startedAt)) / 1000);
  const rowsPerSecond = grant.row / seconds;
  const left = rows - grant.row;
  return {
    rows,
    done: grant.row,
    percent: rows === 0 ? 100 : Math.floor((1000 * grant.row) / rows) / 10,
    rowsPerSecond: Math.round(rowsPerSecond),
    ...(left > 0 && rowsPerSecond > 0 ? { secondsLeft: Math.ceil(left / rowsPerSecond) } : {}),
    granted: grant.granted,
  };
};
