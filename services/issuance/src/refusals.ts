import type { ProblemKind } from '@fcode/http';

/** Every word with which issuance can refuse, and how it is said. */
export const refusals = {
  campaign_not_found: { status: 404, title: 'There is no such campaign.' },
  campaign_not_draft: { status: 409, title: 'Only a draft can be edited.' },
  changed_meanwhile: {
    status: 412,
    title: 'The draft was edited since you read it. Read it again, and edit what stands there now.',
  },
  campaign_not_published: { status: 409, title: 'The campaign is not published.' },
  campaign_not_paused: { status: 409, title: 'The campaign is not paused.' },
  campaign_not_open: { status: 409, title: 'The campaign has not opened yet.' },
  campaign_ended: { status: 409, title: 'The campaign has ended.' },
  campaign_paused: { status: 409, title: 'The campaign is paused.' },
  campaign_closed: { status: 409, title: 'The campaign is closed.' },
  region_not_covered: { status: 409, title: 'The campaign is not for the region of this member.' },
  nothing_allotted: { status: 409, title: 'This campaign has no codes for the tier of this member.' },
  allotment_used: { status: 409, title: 'All codes of the allotment are claimed.' },
  sold_out: { status: 409, title: 'All codes of the campaign are handed out.' },
  quota_exceeded: { status: 409, title: 'The campaign has fewer codes left than this grant wants.' },
  no_waitlist: { status: 409, title: 'Nobody waits for codes of this campaign: it has no waitlist.' },
  has_code: { status: 409, title: 'This member has a code of the campaign already; who waits has none.' },
  not_waiting: { status: 409, title: 'This member does not wait for a code of the campaign.' },
  no_place_offered: {
    status: 409,
    title: 'No place is offered to this member now: it was not yet, or it has gone to whoever was next.',
  },
  batch_not_found: { status: 404, title: 'There is no such batch in this campaign.' },
  batch_not_exportable: {
    status: 409,
    title: 'Claimable codes belong to those who claim them; only grants are exported.',
  },
  batch_is_named: { status: 409, title: 'The uses of a code by name have no codes of their own.' },
  name_taken: { status: 409, title: 'There is a code of this name already. Names are given once, in all campaigns.' },
  grant_not_found: { status: 404, title: 'There is no such grant in this campaign.' },
  grant_cancelled: { status: 409, title: 'This grant was cancelled.' },
  grant_started: { status: 409, title: 'This grant is approved and under way. To take codes back, revoke its batch.' },
  approver_asked: { status: 409, title: 'Whoever asks for a grant cannot approve it: somebody else must.' },
  nothing_to_grant: {
    status: 409,
    title:
      'There is nobody to grant codes to: no row of the file names a member and how many, or nobody is of the segment.',
  },
  reference_taken: {
    status: 409,
    title: 'This reference stands for another grant of the campaign already. Look it up, or take another.',
  },
  batches_used_up: { status: 409, title: 'All batch numbers are used. Start a new system with a new key.' },
} as const satisfies Record<string, ProblemKind>;

export type Refusal = keyof typeof refusals;
