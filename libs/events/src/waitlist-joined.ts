import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { waiterRef, waitlistSubject } from './waitlist.ts';

/** A member waits for a place of the campaign that comes back, behind those who joined before. */
export const waitlistJoined = defineEvent({
  type: 'waitlist.joined',
  version: 1,
  topic: 'issuance',
  subject: waitlistSubject,
  key: (data) => data.memberId,
  schema: z.object({
    ...waiterRef,
    since: z.iso.datetime(),
  }),
});

export type WaitlistJoined = FactOf<typeof waitlistJoined>;
