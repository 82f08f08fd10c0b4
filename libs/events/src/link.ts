import { z } from 'zod';
import { codeRef } from './code.ts';

/** The ways by which an invitation travels. */
export const channels = ['messenger', 'microblog', 'forum', 'direct', 'qr'] as const;
export const channelSchema = z.enum(channels);
export type Channel = z.infer<typeof channelSchema>;

/** A code as an event is about it. */
export const codeNumber = z.object(codeRef);

/** An invite link: whose, for which campaign, by which channel, and for which code when it gives one away. */
export const linkRef = {
  linkId: z.string(),
  memberId: z.string(),
  campaignId: z.string(),
  channel: channelSchema,
  code: codeNumber.optional(),
};
