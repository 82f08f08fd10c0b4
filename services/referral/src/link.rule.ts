import { linkCreated } from '@fcode/events';
import { accept, again, type Decision, refuse } from '@fcode/policy';
import { type Link, type LinkOf, linkSigned, type Wish } from './link.ts';
import type { Refusal } from './refusals.ts';

/** A member wants a link; `linkId` is the one to take if there is none yet. `at` in epoch ms. */
export interface MakeLink extends Wish {
  linkId: string;
  signedAs?: string | undefined;
  at: number;
}

/** The link that stands for the wish: a new one, or the one there is. `made_already` sends the store to that one. */
export const makeLink = (
  { linkId, signedAs, at, memberId, campaignId, channel, code }: MakeLink,
  linkOf: LinkOf,
): Decision<{ linkId: string }, 'made_already'> => {
  if (linkOf.linkId !== undefined && linkOf.linkId !== linkId) return refuse('made_already');
  if (linkOf.linkId === linkId) return again({ linkId });
  const createdAt = new Date(at).toISOString();
  const created = linkCreated.of({ linkId, memberId, campaignId, channel, ...(code ? { code } : {}), createdAt });
  return accept([created, ...(signedAs === undefined ? [] : [linkSigned(linkId, signedAs)])], { linkId });
};

/** Signs a link there is, when it is signed otherwise. */
export const signLink = (signedAs: string, link: Link): Decision<object, Refusal> => {
  if (link.status === 'none') return refuse('invite_not_found');
  return link.signedAs === signedAs ? again({}) : accept([linkSigned(link.link.linkId, signedAs)], {});
};
