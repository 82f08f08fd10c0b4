import { type App, bodyProblems, createRoute, jsonAnswer, jsonBody, only, receiptOf, requestOf, z } from '@fcode/http';
import { linkViewOf } from './link.view.ts';
import type { Links } from './links.ts';
import { refusals } from './refusals.ts';
import { campaignId, channel, codeNumber, linkView } from './schemas.ts';

const route = createRoute({
  method: 'post',
  path: '/v1/me/links',
  summary: 'My invite link for a campaign and a channel, and for a code to give away',
  description:
    'The same again is the same link. To give a code, append its text as the fragment of the address: no server ever sees it there.',
  tags: ['members'],
  ...only('member'),
  request: {
    body: jsonBody(
      z.strictObject({
        campaignId,
        channel,
        code: codeNumber.optional(),
        signedAs: z.string().min(1).max(40).optional().openapi({ description: 'How the invitation is signed.' }),
      }),
    ),
  },
  responses: { 201: jsonAnswer(linkView, 'The link'), ...bodyProblems(404, 409) },
});

export const linkMakeRoute = (app: App, links: Links) =>
  app.openapi(route, async (c) => {
    const { signedAs, ...wish } = c.req.valid('json');
    const decision = await links.make({ ...wish, memberId: c.get('caller').subject }, signedAs, requestOf(c));
    return c.json(linkViewOf(receiptOf(c, decision, refusals)), 201);
  });
