import type { MadeLink } from './links.ts';

export const linkPath = (linkId: string): string => `/i/${linkId}`;

export const linkViewOf = ({ link, signedAs }: MadeLink) => {
  const { linkId, campaignId, channel, code, createdAt } = link;
  return {
    linkId,
    url: linkPath(linkId),
    campaignId,
    channel,
    ...(signedAs === undefined ? {} : { signedAs }),
    ...(code ? { code: { batch: code.batch, index: code.index } } : {}),
    createdAt,
  };
};
