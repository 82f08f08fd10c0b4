import { z } from 'zod';
import { codeRef } from './code.ts';
import { defineEvent, type FactOf } from './envelope.ts';
import { channelSchema } from './link.ts';

/** What a referral and its reward rest on: the purchase, and how it came about. */
export const referralRef = {
  /** Derived from the invitee: whoever buys is referred once. */
  referralId: z.string(),
  inviter: z.string(),
  campaignId: z.string(),
  redemptionId: z.string(),
  ...codeRef,
  /** The channel of the inviter's link; absent when the code was passed on without one. */
  channel: channelSchema.optional(),
};

/** A friend bought: the edge from inviter to invitee, which never changes. */
export const referralMade = defineEvent({
  type: 'referral.made',
  version: 1,
  topic: 'referral',
  subject: (data) => `referral/${data.referralId}`,
  key: (data) => data.inviter,
  schema: z.object({
    ...referralRef,
    /** The buyer, as redemption names it. */
    invitee: z.string(),
    via: z.enum(['code', 'link']),
    linkId: z.string().optional(),
    /** When the friend bought. */
    madeAt: z.iso.datetime(),
  }),
});

export type ReferralMade = FactOf<typeof referralMade>;
