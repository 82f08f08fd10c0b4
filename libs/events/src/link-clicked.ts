import { z } from 'zod';
import { defineEvent, type FactOf } from './envelope.ts';
import { linkRef } from './link.ts';

/** Somebody opened an invite link. */
export const linkClicked = defineEvent({
  type: 'link.clicked',
  version: 1,
  topic: 'referral',
  subject: (data) => `link/${data.linkId}`,
  key: (data) => data.memberId,
  schema: z.object({ ...linkRef, clickId: z.string(), clickedAt: z.iso.datetime() }),
});

export type LinkClicked = FactOf<typeof linkClicked>;
