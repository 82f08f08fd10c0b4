import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops want the cut-offs computed now, not at the set hour. What they are then, `cutoffs.published` tells. */
export const cutoffsAsked = defineEvent({
  type: 'cutoffs.asked',
  version: 1,
  topic: 'membership',
  subject: () => 'cutoffs',
  key: () => 'cutoffs',
  schema: z.object({ by: z.string() }),
});

export type CutoffsAsked = FactOf<typeof cutoffsAsked>;
