import { randomBytes } from 'node:crypto';
import type { Ref } from '@fcode/dynamo';
import type { AnyFact, Channel, LinkCreated } from '@fcode/events';

/** An invite link: a member's, for a campaign and a channel, and for a code when it gives one away. */
export type Link = { status: 'none' } | { status: 'made'; link: LinkCreated['data']; signedAs?: string };

/** How the invitation is signed concerns nobody but who opens it: a fact of this service alone. */
export const linkSigned = (linkId: string, signedAs: string) => ({ type: 'link.signed', data: { linkId, signedAs } });

/** Unguessable: 72 bits, 12 characters. */
export const newLinkId = (): string => randomBytes(9).toString('base64url');
export const linkIdForm = /^[\w-]{12}$/;

export const linkRef = (linkId: string): Ref<Link> => ({
  pk: `link/${linkId}`,
  sk: 'link',
  initial: { status: 'none' },
  evolve: (link, fact) => {
    if (fact.type === 'link.signed') {
      const { signedAs } = fact.data as { signedAs: string };
      return link.status === 'made' ? { ...link, signedAs } : link;
    }
    const { type, data } = fact as AnyFact;
    return type === 'link.created' ? { status: 'made', link: data } : link;
  },
});

/** Which link stands for a member's campaign, channel and code: asked for again, it is the same. */
export interface LinkOf {
  linkId?: string;
}

export interface Wish {
  memberId: string;
  campaignId: string;
  channel: Channel;
  code?: { batch: number; index: number } | undefined;
}

export const memberPartition = (memberId: string): string => `member/${memberId}`;
export const linksPrefix = 'link/';
export const linksOf = (campaignId: string): string => `${linksPrefix}${campaignId}/`;
export const linkOfKind = {
  initial: {} as LinkOf,
  evolve: (state: LinkOf, fact: { type: string; data: unknown }): LinkOf => {
    const { type, data } = fact as AnyFact;
    return type === 'link.created' ? { linkId: data.linkId } : state;
  },
};
export const linkOfRef = ({ memberId, campaignId, channel, code }: Wish): Ref<LinkOf> => ({
  pk: memberPartition(memberId),
  sk: `${linksOf(campaignId)}${channel}/${code ? `${code.batch}.${code.index}` : '-'}`,
  ...linkOfKind,
});
