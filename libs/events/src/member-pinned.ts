import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops gave a member tiers that no score can take away; an empty list takes them back. */
export const memberPinned = defineEvent({
  type: 'member.pinned',
  version: 1,
  topic: 'membership',
  subject: (data) => `member/${data.memberId}`,
  key: (data) => data.memberId,
  schema: z.object({ memberId: z.string(), by: z.string(), pins: z.array(z.string()), reason: z.string() }),
});

export type MemberPinned = FactOf<typeof memberPinned>;
