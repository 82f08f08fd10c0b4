import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { waiterRef, waitlistSubject } from './waitlist.ts';

/** The member has not taken the place that was offered: it goes to whoever is next. */
export const waitlistLapsed = defineEvent({
  type: 'waitlist.lapsed',
  version: 1,
  topic: 'issuance',
  subject: waitlistSubject,
  key: (data) => data.memberId,
  schema: z.object({
    ...waiterRef,
    until: z.iso.datetime(),
  }),
});

export type WaitlistLapsed = FactOf<typeof waitlistLapsed>;
