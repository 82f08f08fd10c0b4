import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { waiterRef, waitlistSubject } from './waitlist.ts';

/** A place came back, and is the member's who has waited longest, until then. */
export const waitlistOffered = defineEvent({
  type: 'waitlist.offered',
  version: 1,
  topic: 'issuance',
  subject: waitlistSubject,
  key: (data) => data.memberId,
  schema: z.object({
    ...waiterRef,
    since: z.iso.datetime(),
    until: z.iso.datetime(),
  }),
});

export type WaitlistOffered = FactOf<typeof waitlistOffered>;
