import { normalizeName } from '@fcode/codes';
import { memberId, z } from '@fcode/http';
import { conditionSchema } from '@fcode/policy';
import { codesAtMost } from './campaign.ts';

const members = z
  .array(z.strictObject({ memberId, codes: z.int().min(1).max(100) }))
  .min(1)
  .max(1000)
  .refine((list) => new Set(list.map((grantee) => grantee.memberId)).size === list.length, 'Each member once.');

const usesAtMost = 100_000;

const named = z.strictObject({
  name: z
    .string()
    .max(64)
    .refine(
      (name) => normalizeName(name) !== undefined,
      'Three to 32 letters and digits, other than 16 that could be a printed code.',
    )
    .openapi({
      description:
        'What shoppers type, in any case and with any hyphens and spaces. It is given once, in all campaigns.',
      example: 'SPRING-2026',
    }),
  uses: z.int().min(1).max(usesAtMost).openapi({ description: 'How often it may be used in all.' }),
  perBuyer: z.int().min(0).max(20).default(0).openapi({ description: 'How often by one buyer; 0 is no limit.' }),
});

const segment = z.strictObject({
  segment: conditionSchema('member').describe(
    'Whom: a condition in the Common Expression Language on member, tier, score, badges and at, held against the members whose standing is known when it is asked for. Where they live is not: region is empty.',
  ),
  codes: z.int().min(1).max(100).openapi({ description: 'How many codes each of them gets.' }),
  places: z.int().min(1).max(codesAtMost).optional().openapi({
    description:
      'So many codes in all, at most: the highest scores get theirs first, and the last of them what is left.',
  }),
});
/** Members that a condition names, and what each of them is to get. */
export type Segment = z.infer<typeof segment>;

/** To whom ops want to grant codes. */
export const wishes = z.union([
  z.strictObject({ members }),
  segment,
  named,
  z
    .strictObject({
      bearer: z.int().min(1).max(codesAtMost).openapi({ description: 'How many codes.' }),
      canaries: z.int().min(0).max(1000).default(0).openapi({
        description:
          'Codes besides, that are in the export and that nobody must be given: whoever tries one has the file. They do not count against the quota.',
      }),
    })
    .refine(({ bearer, canaries }) => canaries <= bearer, {
      path: ['canaries'],
      message: 'No more canaries than codes.',
    }),
]);
