import { Skeleton } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { NewLink as Wanted } from '../api.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { memberKey, newLinkQuery } from '../queries.ts';
import { ShownLink } from './shown-link.tsx';

interface NewLinkProps {
  subject: string;
  link: Wanted & { signedAs: string };
  campaignName: string;
  code: string | undefined;
}

/** The link of a channel. The code is added here, behind the `#`: the system never sees it there. */
export const NewLink = ({ subject, link, campaignName, code }: NewLinkProps) => {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(newLinkQuery(subject, link));
  const linkId = data?.linkId;
  useEffect(() => {
    if (linkId !== undefined) void queries.invalidateQueries({ queryKey: memberKey(subject) });
  }, [linkId, queries, subject]);

  if (error) return <ProblemAlert error={error} onRetry={refetch} />;
  if (!data) return <Skeleton height={320} role="status" aria-label={t('give.making')} />;

  const address = new URL(data.url, location.origin);
  if (code !== undefined) address.hash = code;
  const text = code === undefined ? 'give.shareTextWithout' : 'give.shareText';
  return (
    <ShownLink
      url={address.href}
      label={t('give.link')}
      text={t(text, { name: link.signedAs, campaign: campaignName })}
      about={code === undefined ? t('give.onceWithout') : t('give.once')}
    />
  );
};
