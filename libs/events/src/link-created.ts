import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { linkRef } from './link.ts';

/** A member made an invite link to share. */
export const linkCreated = defineEvent({
  type: 'link.created',
  version: 1,
  topic: 'referral',
  subject: (data) => `link/${data.linkId}`,
  key: (data) => data.memberId,
  schema: z.object({ ...linkRef, createdAt: z.iso.datetime() }),
});

export type LinkCreated = FactOf<typeof linkCreated>;
