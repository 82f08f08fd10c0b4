import type { Ref, Store } from '@fcode/dynamo';
import { type App, commonProblem, createRoute, jsonAnswer, only, page, problems, requestOf, z } from '@fcode/http';
import { decided } from '@fcode/policy';
import { campaignRef } from './campaign.ts';
import { type CodeStatus, codeStatusRef, standingAt } from './code-status.ts';
import type { Desk } from './desk.ts';
import { codesPrefix, type MemberCodes, memberCodesKind, memberPartition } from './member-codes.ts';
import { memberCode } from './schemas.ts';
import { batchStopRef, campaignStopRef } from './stop.ts';

const readAtOnce = 100;
/** How often one request asks on for codes behind refused purchases, a hundred at a time: behind more of them, a page is short, and its cursor goes on. */
const asksOnAtMost = 2;

const route = createRoute({
  method: 'get',
  path: '/v1/me/codes',
  summary: 'My codes, and what became of each',
  description:
    'A page holds `limit` campaigns, grants and purchases, each with all of its codes. A purchase that was refused has none and is not among them: `/v1/me/purchases` says why.',
  tags: ['members'],
  ...only('member'),
  request: { query: page.extend({ limit: z.coerce.number().int().min(1).max(20).default(10) }) },
  responses: {
    200: jsonAnswer(z.object({ items: z.array(memberCode), cursor: z.string().optional() }), 'A page'),
    ...problems(),
  },
});

/** The next campaigns, grants and purchases that have codes. */
const nextOf = async (
  store: Store,
  { pk, limit, cursor }: { pk: string; limit: number; cursor: string | undefined },
): Promise<{ items: MemberCodes[]; cursor?: string }> => {
  const items: MemberCodes[] = [];
  for (let asked = 0, from = cursor; ; asked += 1) {
    const range = { pk, prefix: codesPrefix, limit: asked === 0 ? limit : readAtOnce };
    const found = await store.query({ ...range, ...(from === undefined ? {} : { cursor: from }) }, memberCodesKind);
    for (const { sk, state } of found.items) {
      if (state.codes.length === 0) continue;
      if (items.length === limit) return { items, cursor: from as string };
      items.push(state);
      from = sk;
    }
    from = found.cursor;
    if (from === undefined) return { items };
    if (items.length === limit || asked === asksOnAtMost) return { items, cursor: from };
  }
};

export const myCodesRoute = (app: App, { store, mint }: Desk) =>
  app.openapi(route, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { at, deadline } = requestOf(c);
    if (cursor !== undefined && !cursor.startsWith(codesPrefix)) throw commonProblem('invalid_request');
    const pk = memberPartition(c.get('caller').subject);
    const found = await nextOf(store, { pk, limit, cursor });
    const codes = found.items.flatMap((state) =>
      state.codes.map((code) => ({ ...code, campaignId: state.campaignId })),
    );
    // A hundred at a time, one request each: a large page takes its time instead of everybody's.
    const statesOf = async <State>(refs: Ref<State>[]): Promise<State[]> => {
      const states: State[] = [];
      for (let from = 0; from < refs.length; from += readAtOnce) {
        const items = await store.read(refs.slice(from, from + readAtOnce), deadline);
        states.push(...items.map(({ state }) => state));
      }
      return states;
    };
    /** Each of what many codes have in common, once. */
    const statesBy = async <Name, State>(names: Name[], refOf: (name: Name) => Ref<State>) => {
      const all = [...new Set(names)];
      const states = await statesOf(all.map(refOf));
      return (name: Name) => states[all.indexOf(name)] as State;
    };
    const campaignIds = codes.map(({ campaignId }) => campaignId);
    const batches = codes.map(({ batch }) => batch);
    const [statuses, campaignOf, checkoutOf, batchOf] = await Promise.all([
      statesOf(codes.map(codeStatusRef)),
      statesBy(campaignIds, campaignRef),
      statesBy(campaignIds, campaignStopRef),
      statesBy(batches, batchStopRef),
    ]);
    const items = codes.map(({ campaignId, keyVersion, ...code }, position) => {
      const { batch, index, how } = code;
      const around = { campaign: campaignOf(campaignId), checkout: checkoutOf(campaignId), batch: batchOf(batch) };
      return {
        code: mint.mint({ batch, index }, keyVersion),
        campaignId,
        batch,
        index,
        how,
        at: code.at,
        ...standingAt(statuses[position] as CodeStatus, around, at),
        ...(how === 'claimed' ? { decision: decided(code) } : {}),
      };
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });
