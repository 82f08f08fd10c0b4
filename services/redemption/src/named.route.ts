import { normalizeName } from '@fcode/codes';
import { type App, createRoute, jsonAnswer, only, problems, receiptOf, requestOf, z } from '@fcode/http';
import { refuse } from '@fcode/policy';
import type { Checkout } from './checkout.ts';
import { refusals } from './refusals.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/checkout/names/{name}',
  summary: 'A code by name, and how often it is used',
  tags: ['stops'],
  ...only('ops'),
  request: {
    params: z.object({ name: z.string().min(1).max(64).openapi({ example: 'SPRING-2026' }) }),
  },
  responses: {
    200: jsonAnswer(
      z
        .object({
          name: z.string(),
          batch: z.int().openapi({ description: 'To revoke it, revoke its batch.' }),
          campaignId: z.string(),
          uses: z.int().openapi({ description: 'How often it may be used in all.' }),
          perBuyer: z.int().openapi({ description: 'How often by one buyer; 0 is no limit.' }),
          held: z.int(),
          redeemed: z.int(),
          isRevoked: z.boolean(),
        })
        .openapi('NamedCode'),
      'The code',
    ),
    ...problems(404),
  },
});

export const namedRoute = (app: App, { book, codes }: Checkout) =>
  app.openapi(route, async (c) => {
    const { at } = requestOf(c);
    const name = normalizeName(c.req.valid('param').name);
    const found = name === undefined ? undefined : book.named(name);
    if (!found?.terms.named) {
      return c.json(receiptOf<never, 'code_not_found'>(c, refuse('code_not_found'), refusals), 200);
    }
    const { batch, terms } = found;
    const { campaignId, size, isRevoked } = terms;
    const used = await codes.used({ batch, size, at });
    return c.json({ ...found.terms.named, batch, campaignId, uses: size, ...used, isRevoked }, 200);
  });
