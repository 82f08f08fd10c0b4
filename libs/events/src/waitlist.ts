import { z } from 'zod';

/** Whose place on which waitlist. */
export const waiterRef = { campaignId: z.string(), memberId: z.string() };

export const waitlistSubject = ({ campaignId, memberId }: { campaignId: string; memberId: string }): string =>
  `waitlist/${campaignId}/${memberId}`;
