import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** A policy is in force: the whole document, so that whoever explains an old decision has what it rested on. */
export const policyPublished = defineEvent({
  type: 'policy.published',
  version: 1,
  topic: 'membership',
  subject: (data) => `policy/${data.version}`,
  key: () => 'policy',
  schema: z.object({ version: z.int(), policy: z.record(z.string(), z.unknown()) }),
});

export type PolicyPublished = FactOf<typeof policyPublished>;
