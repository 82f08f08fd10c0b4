import { alertsEn } from '../alerts/words.en.ts';
import { auditEn } from '../audit/words.en.ts';
import { campaignsEn } from '../campaigns/words.en.ts';
import { grantsEn } from '../grants/words.en.ts';
import { lookUpEn } from '../look-up/words.en.ts';
import { whoEn } from '../who/words.en.ts';

/** The console's words; each part of it has its own beside it. */
export const consoleEn = {
  title: 'Console',
  lead: 'Plan a drop, grant codes, and see what will happen before it does.',
  nav: 'Parts of the console',
  part: { campaigns: 'Campaigns', lookUp: 'Look-up', alerts: 'Alerts', audit: 'Audit log' },
  you: 'Who are you?',
  youText: 'Whatever you do here is recorded under your name. A grant needs somebody else’s approval.',
  operator: 'Signed in as',
  chooseOperator: 'Sign in',
  tokenTitle: 'Sign in with a token',
  tokenText:
    'Your identity provider issues it: a JWT with the role ops. It stays in this tab and is gone when you close it.',
  token: 'Access token',
  tokenBad: 'This is not a token that can be used: it is cut off, or it has expired. Get a new one.',
  signIn: 'Sign in',
  signOut: 'Sign out',
  more: 'Show more',
  nothing: 'Nothing here yet.',
  cancel: 'Cancel',
  reason: 'Why',
  reasonHint: 'Stands in the audit log, with your name.',
  campaigns: campaignsEn,
  grants: grantsEn,
  lookUp: lookUpEn,
  who: whoEn,
  alerts: alertsEn,
  audit: auditEn,
};
