import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';

/** Ops take the codes of a member out of use, as many as the member had by then. */
export const memberRevoked = defineEvent({
  type: 'member.revoked',
  version: 1,
  topic: 'redemption',
  subject: (data) => `member/${data.memberId}`,
  key: (data) => data.memberId,
  schema: z.object({
    memberId: z.string(),
    by: z.string(),
    reason: z.string(),
    revokedAt: z.iso.datetime(),
  }),
});
export type MemberRevoked = FactOf<typeof memberRevoked>;
