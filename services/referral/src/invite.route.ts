import type { Store } from '@fcode/dynamo';
import { type App, createRoute, instant, jsonAnswer, open, openProblems, Problem, requestOf, z } from '@fcode/http';
import { campaignRef } from './known.ts';
import type { Links } from './links.ts';
import { refusals } from './refusals.ts';
import { channel, linkId } from './schemas.ts';

const route = createRoute({
  method: 'get',
  path: '/v1/invites/{linkId}',
  summary: 'What an invitation says: who it is from, and of what',
  description: 'For the friend, who need not be signed in. It names no member and no code.',
  tags: ['invitations'],
  ...open(),
  request: { params: z.object({ linkId }) },
  responses: {
    200: jsonAnswer(
      z
        .object({
          linkId: z.string(),
          channel,
          signedAs: z.string().optional(),
          hasCode: z.boolean().openapi({ description: 'Whether it gives a code away.' }),
          campaign: z.object({
            campaignId: z.string(),
            name: z.string().optional(),
            skus: z.array(z.string()),
            startsAt: instant.optional(),
            endsAt: instant.optional(),
            holdSeconds: z.int().optional(),
          }),
        })
        .openapi('Invite'),
      'The invitation',
    ),
    ...openProblems(404),
  },
});

export const inviteRoute = (app: App, store: Store, links: Links) =>
  app.openapi(route, async (c) => {
    const { deadline } = requestOf(c);
    const found = await links.read(c.req.valid('param').linkId, deadline);
    if (!found) throw new Problem('invite_not_found', refusals.invite_not_found);
    const { linkId: id, campaignId, channel: by, code } = found.link;
    const [{ state }] = await store.read([campaignRef(campaignId)], deadline);
    const { skus = [], startsAt, endsAt, holdSeconds } = state.terms ?? {};
    return c.json(
      {
        linkId: id,
        channel: by,
        ...(found.signedAs === undefined ? {} : { signedAs: found.signedAs }),
        hasCode: code !== undefined,
        campaign: {
          campaignId,
          ...(state.name === undefined ? {} : { name: state.name }),
          skus,
          ...(startsAt === undefined ? {} : { startsAt }),
          ...(endsAt === undefined ? {} : { endsAt }),
          ...(holdSeconds === undefined ? {} : { holdSeconds }),
        },
      },
      200,
    );
  });
