import type { ProblemKind } from '@fcode/http';

/** Every word with which referral can refuse, and how it is said. */
export const refusals = {
  campaign_not_found: { status: 404, title: 'There is no such campaign.' },
  code_not_yours: { status: 409, title: 'This code is in the hands of somebody else.' },
  code_of_another_campaign: {
    status: 409,
    title: 'This code is of another campaign: give it with a link of that one.',
  },
  invite_not_found: { status: 404, title: 'There is no such invitation.' },
  referral_not_found: { status: 404, title: 'There is no such referral.' },
} as const satisfies Record<string, ProblemKind>;

export type Refusal = keyof typeof refusals;
