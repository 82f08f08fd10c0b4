import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops recorded contributions, or took some back: told once a request that changed something, whatever its rows tell of themselves. */
export const contributionsImported = defineEvent({
  type: 'contributions.imported',
  version: 1,
  topic: 'membership',
  subject: () => 'contributions',
  key: (data) => data.by,
  schema: z.object({
    by: z.string(),
    /** Rows that were counted or taken back; those that were known already, or refused, are none of them. */
    count: z.int().min(1),
    /** Whose contributions they are said to be, in the order of the alphabet. */
    sources: z.array(z.string()),
  }),
});

export type ContributionsImported = FactOf<typeof contributionsImported>;
