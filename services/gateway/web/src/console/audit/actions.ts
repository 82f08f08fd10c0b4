import { en } from '../../language/en.ts';
import type { AuditEntry } from '../api.ts';

/** What ops can do, in the order in which a drop needs it. */
export const actions = [
  'campaign.created',
  'campaign.edited',
  'campaign.published',
  'campaign.prepared',
  'campaign.paused',
  'campaign.resumed',
  'campaign.closed',
  'waitlist.supplied',
  'checkout.paused',
  'checkout.resumed',
  'checkout.killed',
  'grant.requested',
  'grant.approved',
  'grant.cancelled',
  'batch.granted',
  'batch.exported',
  'batch.revoked',
  'code.revoked',
  'code.reissued',
  'member.revoked',
  'member.pinned',
  'badge.awarded',
  'badge.withdrawn',
  'contributions.imported',
  'cutoffs.asked',
  'reward.reversed',
  'audit.exported',
] as const satisfies AuditEntry['action'][];

type Word = keyof typeof en.console.audit.did;
const isWord = (word: string): word is Word => Object.hasOwn(en.console.audit.did, word);

/** The key of an action's words; undefined for one that these pages do not know. */
export const wordOf = (action: string): Word | undefined => {
  const word = action.replace('.', '_');
  return isWord(word) ? word : undefined;
};
