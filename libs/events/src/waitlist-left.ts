import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { waiterRef, waitlistSubject } from './waitlist.ts';

/** A member waits no more: of their own accord, or since they have a code of the campaign by now. */
export const waitlistLeft = defineEvent({
  type: 'waitlist.left',
  version: 1,
  topic: 'issuance',
  subject: waitlistSubject,
  key: (data) => data.memberId,
  schema: z.object({
    ...waiterRef,
    /** A place had been offered: it goes to whoever is next. */
    declined: z.boolean(),
    reason: z.enum(['asked', 'has_code']),
  }),
});

export type WaitlistLeft = FactOf<typeof waitlistLeft>;
