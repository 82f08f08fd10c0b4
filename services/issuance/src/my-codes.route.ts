import type { Item } from '@fcode/dynamo';
import { type App, commonProblem, createRoute, jsonAnswer, only, page, problems, requestOf, z } from '@fcode/http';
import { type CodeStatus, codeStatusRef } from './code-status.ts';
import type { Desk } from './desk.ts';
import { codesPrefix, memberCodesKind, memberPartition } from './member-codes.ts';
import { memberCode } from './schemas.ts';

const readAtOnce = 100;

const route = createRoute({
  method: 'get',
  path: '/v1/me/codes',
  summary: 'My codes, and what became of each',
  description: 'A page holds `limit` campaigns and grants, each with all of its codes.',
  tags: ['members'],
  ...only('member'),
  request: { query: page.extend({ limit: z.coerce.number().int().min(1).max(20).default(10) }) },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(memberCode), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

export const myCodesRoute = (app: App, { store, mint }: Desk) =>
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { at, deadline } = requestOf(c);
    if (cursor !== undefined && !cursor.startsWith(codesPrefix)) throw commonProblem('invalid_request');
    const pk = memberPartition(c.get('caller').subject);
    const found = await store.query(
      { pk, prefix: codesPrefix, limit, ...(cursor === undefined ? {} : { cursor }) },
      memberCodesKind,
    );
    const codes = found.items.flatMap(({ state }) =>
      state.codes.map((code) => ({ ...code, campaignId: state.campaignId })),
    );
    const statuses: Item<CodeStatus>[] = [];
    // A hundred at a time, one request each: a large page takes its time instead of everybody's.
    for (let from = 0; from < codes.length; from += readAtOnce) {
      statuses.push(...(await store.read(codes.slice(from, from + readAtOnce).map(codeStatusRef), deadline)));
    }
    const items = codes.map(({ batch, index, keyVersion, campaignId, how, at: claimedAt }, position) => {
      const { sequence: _, ...known } = statuses[position]?.state ?? { status: 'unused' as const, sequence: 0 };
      const expired = known.status === 'held' && known.until !== undefined && Date.parse(known.until) <= at;
      const now = expired ? { status: 'unused' as const, since: known.until as string } : known;
      return { code: mint.mint({ batch, index }, keyVersion), campaignId, batch, index, how, at: claimedAt, ...now };
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });
