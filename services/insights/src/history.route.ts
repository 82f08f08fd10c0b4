import { type CodeMint, codeNumberOf, issued } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import {
  type App,
  type AppEnv,
  bodyProblems,
  type Context,
  commonProblem,
  createRoute,
  jsonAnswer,
  jsonBody,
  only,
  page,
  problems,
  requestOf,
  z,
} from '@fcode/http';
import { Unavailable } from '@fcode/policy';
import { entryKind } from './entry.ts';
import { batchRef, historyOf, readStatus } from './history.ts';
import { historyEntry, orderOf } from './schemas.ts';

const summary = 'What happened to a code, when, and because of what';
const readModel = 'A read model: an event shows up here a moment after it happened.';

const query = page.extend({ order: orderOf('oldest') });
const found = jsonAnswer(
  z
    .object({
      batch: z.int(),
      index: z.int(),
      campaignId: z.string(),
      origin: z.looseObject({ kind: z.string() }),
      status: z.enum(['unused', 'held', 'redeemed', 'revoked']),
      entries: z.array(historyEntry),
      cursor: z.string().optional(),
    })
    .openapi('CodeHistory'),
  'The history: the claim; each link that gave the code away, with its clicks; the life; what its purchase earned; or all of it backwards',
);

const route = createRoute({
  method: 'post',
  path: '/v1/codes/history',
  summary,
  description: `${readModel} Changes nothing: the code stands in the body, since proxies log addresses.`,
  tags: ['codes'],
  ...only('ops'),
  request: {
    query,
    body: jsonBody(
      z.strictObject({
        code: z.string().min(1).max(64).openapi({ description: 'As printed, or `batch.index`.', example: '12.7' }),
      }),
    ),
  },
  responses: { 200: found, ...bodyProblems(404) },
});

const byNumberRoute = createRoute({
  method: 'get',
  path: '/v1/codes/{code}/history',
  summary: `${summary}, by its number`,
  description: `${readModel} A code as printed is asked for by POST: proxies log addresses.`,
  tags: ['codes'],
  ...only('ops'),
  request: {
    params: z.object({
      code: z
        .string()
        .regex(
          /^\d{1,7}\.\d{1,10}$/,
          'A code by `batch.index`; as printed, it goes into the body of POST /v1/codes/history.',
        )
        .openapi({ description: '`batch.index`.', example: '12.7' }),
    }),
    query,
  },
  responses: { 200: found, ...problems(404) },
});

interface Asked extends z.infer<typeof query> {
  code: string;
}

export const historyRoute = (app: App, store: Store, mint: CodeMint) => {
  const told = async (c: Context<AppEnv>, { code, limit, cursor, order }: Asked) => {
    const { at, deadline } = requestOf(c);
    const number = codeNumberOf(mint, code);
    if (!number) throw commonProblem('not_found', { detail: 'This is not a code of ours.' });
    const { batch, index, keyVersion } = number;
    const pk = historyOf(number);
    const [[{ state: known }], found] = await Promise.all([
      store.read([batchRef(batch)], deadline),
      store.query(
        { pk, limit, newestFirst: order === 'newest', ...(cursor === undefined ? {} : { cursor }) },
        entryKind,
      ),
    ]);
    // Read after the entries, so that the status is never older than what it stands beside.
    const status = await readStatus(store, number, at);
    if (known.campaignId === undefined || known.origin === undefined) {
      if (keyVersion === undefined) throw commonProblem('not_found', { detail: 'This batch is not known.' });
      throw new Unavailable('This code is authentic, and its batch is not known here yet.');
    }
    if (!issued(number, known.size) || (keyVersion !== undefined && keyVersion !== known.keyVersion)) {
      throw commonProblem('not_found', { detail: 'This code was never issued.' });
    }
    return {
      batch,
      index,
      campaignId: known.campaignId,
      origin: known.origin as { kind: string },
      status,
      entries: found.items.flatMap(({ state: { entry } }) => (entry ? [entry] : [])),
      ...(found.cursor === undefined ? {} : { cursor: found.cursor }),
    };
  };

  app.openapi(route, async (c) => c.json(await told(c, { ...c.req.valid('json'), ...c.req.valid('query') }), 200));
  app.openapi(byNumberRoute, async (c) =>
    c.json(await told(c, { ...c.req.valid('param'), ...c.req.valid('query') }), 200),
  );
};
