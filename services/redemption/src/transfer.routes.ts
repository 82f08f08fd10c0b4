import { codeNumberOf, issued } from '@fcode/codes';
import {
  type App,
  type AppEnv,
  bodyProblems,
  type Context,
  commonProblem,
  createRoute,
  idempotencyKeyOptional,
  instant,
  jsonAnswer,
  jsonBody,
  only,
  open,
  openProblems,
  Problem,
  page,
  problems,
  receiptOf,
  requestOf,
  z,
} from '@fcode/http';
import { effectSchema, refuse, Unavailable } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { codeOfTurn, transferIdForm } from './code.ts';
import { refusals } from './refusals.ts';
import { codeText } from './schemas.ts';
import type { Terms } from './terms.ts';
import { offerStatus } from './transfer.rules.ts';
import { statusOf, transfersPrefix } from './transfer-list.ts';
import type { TransferStore } from './transfer-store.ts';
import type { TransferTokens } from './transfer-token.ts';

export interface TransferDesk {
  mint: Checkout['mint'];
  book: Checkout['book'];
  transfers: TransferStore;
  tokens: TransferTokens;
}

const transferId = z.string().max(32).regex(transferIdForm, 'The id of an offer.');
const token = z.string().min(1).max(96).openapi({
  description: 'The secret of the one-time link. The page has it after the #, where no server and no log sees it.',
});

const offerRoute = createRoute({
  method: 'post',
  path: '/v1/me/transfers',
  summary: 'Pass a code of mine on by a one-time link',
  description:
    'Until somebody accepts it, or its window ends, nobody can use the code. Asked again, the same offer is answered with the same link.',
  tags: ['transfers'],
  ...only('member'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({ code: codeText })) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          status: z.literal('offered'),
          transferId: z.string(),
          campaignId: z.string(),
          until: instant,
          token,
        })
        .openapi('TransferOffer'),
      'The offer',
    ),
    ...bodyProblems(404, 409),
  },
});

const withdrawRoute = createRoute({
  method: 'post',
  path: '/v1/me/transfers/{transferId}/withdraw',
  summary: 'Take an offer back that nobody has accepted',
  tags: ['transfers'],
  ...only('member'),
  request: {
    params: z.object({ transferId }),
    headers: idempotencyKeyOptional,
    body: jsonBody(z.strictObject({})),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({ status: z.literal('withdrawn'), transferId: z.string(), withdrawnAt: instant })
        .openapi('TransferWithdrawal'),
      'The end of the offer',
    ),
    ...bodyProblems(404, 409),
  },
});

const lookRoute = createRoute({
  method: 'post',
  path: '/v1/transfers/look',
  summary: 'What a one-time link offers, and whether it can still be accepted',
  description:
    'For whoever has the link, who need not be signed in. It changes nothing, and names no member and no code. The token is in the body, so that it is in no address and in no log.',
  tags: ['transfers'],
  ...open(),
  request: { body: jsonBody(z.strictObject({ token })) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          status: z.enum(['open', 'accepted', 'withdrawn', 'over']).openapi({
            description: 'Whether it waits for a friend, somebody accepted it, the fan took it back, or it has ended.',
          }),
          transferId: z.string(),
          campaignId: z.string(),
          skus: z.array(z.string()),
          effect: effectSchema.describe('What the code does to the price, besides letting the product be bought.'),
          until: instant.openapi({
            description: 'By when it is to be accepted, and then used: it goes back after that.',
          }),
          startsAt: instant.openapi({ description: 'From when on codes of the campaign can be used.' }),
          endsAt: instant.openapi({ description: 'Until when they can be.' }),
        })
        .openapi('TransferLook'),
      'The offer as it stands now',
    ),
    ...openProblems(400, 404, 413, 415),
  },
});

const acceptRoute = createRoute({
  method: 'post',
  path: '/v1/transfers/accept',
  summary: 'Accept a code that a fan passes on: it is mine until the window ends',
  tags: ['transfers'],
  ...only('member'),
  request: { headers: idempotencyKeyOptional, body: jsonBody(z.strictObject({ token })) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          status: z.literal('accepted'),
          transferId: z.string(),
          campaignId: z.string(),
          from: z.string(),
          until: instant,
          code: z.string(),
          skus: z.array(z.string()),
        })
        .openapi('TransferAcceptance'),
      'The code',
    ),
    ...bodyProblems(404, 409),
  },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/me/transfers',
  summary: 'What I passed on and what I was passed, newest first, and what became of each',
  tags: ['transfers'],
  ...only('member'),
  request: { query: page },
  responses: {
    200: jsonAnswer(
      z.object({
        items: z.array(
          z
            .object({
              transferId: z.string(),
              campaignId: z.string(),
              batch: z.int(),
              index: z.int(),
              direction: z.enum(['given', 'received']),
              status: z.enum(['offered', 'accepted', 'used', 'withdrawn', 'returned']),
              from: z.string(),
              to: z.string().optional(),
              until: instant,
              code: z.string().optional().openapi({ description: 'Where it is mine to use now.' }),
              token: token.optional().openapi({ description: 'Where my offer waits for somebody.' }),
            })
            .openapi('Transfer'),
        ),
        cursor: z.string().optional(),
      }),
      'A page',
    ),
    ...problems(),
  },
});

export const transferRoutes = (app: App, { mint, book, transfers, tokens }: TransferDesk) => {
  /** The terms of an issued code; throws the uniform refusal where there are none. */
  const termsOf = async (
    code: { batch: number; index: number; keyVersion?: number },
    deadline: number,
  ): Promise<Terms | undefined> => {
    const terms = await book.find(code.batch, deadline);
    if (!terms) throw new Unavailable('This code is authentic, and its batch is not known here yet.');
    const isIssued = issued(code, terms.size) && (code.keyVersion ?? terms.keyVersion) === terms.keyVersion;
    return isIssued ? terms : undefined;
  };
  /** The offer that a link is of; undefined when the link is none of ours. */
  const opened = async (text: string, deadline: number) => {
    const transferId = tokens.read(text);
    const code = transferId === undefined ? undefined : codeOfTurn(transferId);
    const terms = code && (await book.find(code.batch, deadline));
    return transferId === undefined || !code || !terms ? undefined : { transferId, code, terms };
  };
  const asked = (c: Context<AppEnv>, body: unknown) => ({
    memberId: c.get('caller').subject,
    request: requestOf(c, body),
  });

  app.openapi(offerRoute, async (c) => {
    const body = c.req.valid('json');
    const { memberId, request } = asked(c, body);
    const number = codeNumberOf(mint, body.code);
    const named = number?.keyVersion === undefined ? undefined : number;
    const terms = named && (await termsOf(named, request.deadline));
    if (!named || !terms) return receiptOf<never, 'code_not_valid'>(c, refuse('code_not_valid'), refusals);
    const code = { batch: named.batch, index: named.index };
    const receipt = receiptOf(c, await transfers.offer({ code, memberId, terms }, request), refusals);
    return c.json({ ...receipt, token: tokens.of(receipt.transferId) }, 200);
  });

  app.openapi(withdrawRoute, async (c) => {
    const { transferId } = c.req.valid('param');
    const { memberId, request } = asked(c, {});
    const code = codeOfTurn(transferId);
    const terms = code && (await book.find(code.batch, request.deadline));
    if (!terms) return receiptOf<never, 'transfer_not_found'>(c, refuse('transfer_not_found'), refusals);
    const decision = await transfers.withdraw(transferId, { code, memberId, terms }, request);
    return c.json(receiptOf(c, decision, refusals), 200);
  });

  app.openapi(lookRoute, async (c) => {
    const { at, deadline } = requestOf(c);
    const offered = await opened(c.req.valid('json').token, deadline);
    const code = offered && (await transfers.code(offered.code, deadline));
    const status = code && offerStatus(offered.transferId, code, offered.terms, at);
    const until = code?.pass?.until;
    if (!offered || !status || until === undefined) {
      throw new Problem('transfer_not_found', refusals.transfer_not_found);
    }
    const { campaignId, skus, effect, startsAt, endsAt } = offered.terms;
    const window = { startsAt: new Date(startsAt).toISOString(), endsAt: new Date(endsAt).toISOString() };
    return c.json({ status, transferId: offered.transferId, campaignId, skus, effect, until, ...window }, 200);
  });

  app.openapi(acceptRoute, async (c) => {
    const body = c.req.valid('json');
    const { memberId, request } = asked(c, body);
    const offered = await opened(body.token, request.deadline);
    if (!offered) return receiptOf<never, 'transfer_not_found'>(c, refuse('transfer_not_found'), refusals);
    const { transferId, code, terms } = offered;
    const decision = await transfers.accept(transferId, { code, memberId, terms }, request);
    const receipt = receiptOf(c, decision, refusals);
    return c.json({ ...receipt, code: mint.mint(code, terms.keyVersion), skus: terms.skus }, 200);
  });

  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const { at, deadline } = requestOf(c);
    if (cursor !== undefined && !cursor.startsWith(transfersPrefix)) throw commonProblem('invalid_request');
    const me = c.get('caller').subject;
    const found = await transfers.list(me, { limit, cursor }, deadline);
    const items = found.items.map(({ listed, code }) => {
      const { code: number, from, to, transferId, campaignId, until } = listed;
      const status = statusOf(listed, code, at);
      const direction = from === me ? ('given' as const) : ('received' as const);
      const keyVersion = book.of(number.batch)?.keyVersion;
      const isMine = direction === 'received' && status === 'accepted' && keyVersion !== undefined;
      return {
        transferId,
        campaignId,
        ...number,
        direction,
        status,
        from,
        ...(to === undefined ? {} : { to }),
        until,
        ...(isMine ? { code: mint.mint(number, keyVersion) } : {}),
        ...(direction === 'given' && status === 'offered' ? { token: tokens.of(transferId) } : {}),
      };
    });
    return c.json({ items, ...(found.cursor === undefined ? {} : { cursor: found.cursor }) }, 200);
  });
};
