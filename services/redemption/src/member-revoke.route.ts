import type { Store } from '@fcode/dynamo';
import { memberRevoked } from '@fcode/events';
import {
  type App,
  bodyProblems,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  memberId,
  only,
  reason,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { accept, Unavailable } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { memberCodeKind, memberCodesPrefix, memberPartition, memberRevokedRef } from './owner.ts';
import { revoke } from './revoke.rule.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/checkout/members/{memberId}/revoke',
  summary: 'Take the codes of a member out of use for good, those that are passed on included',
  description:
    'All that the member has at this moment; one that is not known here yet goes as soon as it is. Codes that orders own stay theirs. When the answer is 503, some are left: ask again.',
  tags: ['stops'],
  ...only('ops'),
  request: {
    params: z.object({ memberId }),
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({ reason })),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ memberId: z.string(), revokedAt: instant, revoked: z.int(), used: z.int() })
        .openapi('MemberRevocation'),
      'How many codes are out of use, and how many orders own theirs',
    ),
    ...bodyProblems(),
  },
});

const pageOf = 100;
/** What one page of codes may take; ms. */
const timeOfPageMs = 5000;

export const memberRevokeRoute = (app: App, { book, codes }: Checkout, store: Store) =>
  app.openapi(route, async (c) => {
    const { memberId } = c.req.valid('param');
    const body = c.req.valid('json');
    const request = requestOf(c, body);
    const by = c.get('caller').subject;
    const revokedAt = new Date(request.at).toISOString();
    const decision = await store.change(
      [memberRevokedRef(memberId)],
      () => accept([memberRevoked.of({ memberId, by, ...body, revokedAt })], { memberId, revokedAt }),
      request,
    );
    const receipt = receiptOf<{ memberId: string; revokedAt: string }, never>(c, decision, {});
    const { idempotency: _, ...quiet } = request;
    const count = { revoked: 0, used: 0 };
    for (let cursor: string | undefined; ; ) {
      const range = { pk: memberPartition(memberId), prefix: memberCodesPrefix, limit: pageOf };
      const found = await store.query({ ...range, ...(cursor === undefined ? {} : { cursor }) }, memberCodeKind);
      const deadline = performance.now() + timeOfPageMs;
      await Promise.all(
        found.items.map(async ({ state: { code } }) => {
          const terms = code && (await book.find(code.batch, deadline));
          if (!terms) throw new Unavailable('A batch of the member is not known here yet.');
          const command = { code, by, reason: body.reason, at: request.at };
          const made = await codes.settle(code, terms, (state) => revoke(command, state, terms), {
            ...quiet,
            deadline,
          });
          count[made.outcome === 'refused' ? 'used' : 'revoked'] += 1;
        }),
      );
      cursor = found.cursor;
      if (cursor === undefined) return c.json({ ...receipt, ...count }, 200);
    }
  });
