import { type App, bodyProblems, createRoute, jsonAnswer, jsonBody, only, requestOf, z } from '@fcode/http';
import { tierSchema } from '@fcode/policy';
import { definitionSchema } from './campaign.ts';
import { previewOf } from './campaign-preview.ts';
import type { Desk } from './desk.ts';

/** Members that one preview looks at. */
const lookedAtMost = 5000;
/** A large community takes longer than a request may; clients wait for ten seconds. */
const previewMs = 8000;

const { allotment, regions } = definitionSchema.shape;

const preview = z
  .object({
    members: z.int().openapi({ description: 'Members whose standing is known.' }),
    isWhole: z.boolean().openapi({ description: 'Whether all of them were looked at. If not, counts are estimates.' }),
    nobody: z.int().openapi({ description: 'Members who would get no code.' }),
    codes: z.int(),
    rules: z
      .array(
        z.object({
          rule: z.string().openapi({ description: 'Its condition.', example: 'tier == "core"' }),
          members: z.int().openapi({ description: 'Who would get codes by it.' }),
          codes: z.int().openapi({ description: 'What they would get by it; no more than its places.' }),
          places: z.int().optional(),
          examples: z
            .array(z.object({ memberId: z.string(), tier: tierSchema, allotted: z.int(), codes: z.int() }))
            .openapi({
              description:
                'Some of them, the highest scores first: what each may claim in all, and how many of those by this rule.',
            }),
        }),
      )
      .openapi({ description: 'In their order.' }),
    byTier: z.array(z.object({ tier: tierSchema, members: z.int(), codes: z.int() })),
  })
  .openapi('CampaignPreview');

const route = createRoute({
  method: 'post',
  path: '/v1/campaigns/preview',
  summary: 'Who would get how many codes by an allotment, before there is a campaign',
  description: [
    `What it comes to if everybody claims all that they may, the highest scores first; the quota is not looked at. It goes by the members whose standing is known. Who never contributed, was pinned or was given a badge is a fan with a score of 0, and is not counted.`,
    `Of a large community ${lookedAtMost.toLocaleString('en')} members are looked at, whom a hash picks; \`isWhole\` is false then, and \`members\` and all other counts are estimates for the whole community.`,
    'Where a member lives is known only once they sign in: here, all of them live in the first of `regions`; without any, conditions on `region` see an empty one. Nothing is kept.',
  ].join('\n\n'),
  tags: ['campaigns'],
  ...only('ops'),
  request: {
    body: jsonBody(
      z.strictObject({
        allotment,
        regions,
        at: z.iso.datetime().optional().openapi({ description: 'When they claim; now, where it is left out.' }),
      }),
    ),
  },
  responses: { 200: jsonAnswer(preview, 'The preview'), ...bodyProblems() },
});

export const campaignPreviewRoute = (app: App, { store, ladders }: Desk) =>
  app.openapi(route, async (c) => {
    const { allotment, regions, at } = c.req.valid('json');
    const request = requestOf(c);
    const when = at === undefined ? request.at : Date.parse(at);
    const planned = { allotment, region: regions[0] ?? '' };
    const ladder = await ladders.recent(request.deadline);
    const bounds = { at: when, atMost: lookedAtMost, deadline: performance.now() + previewMs };
    return c.json(await previewOf(store, ladder, planned, bounds), 200);
  });
