import { Anchor, Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { NothingYet } from '../../nothing-yet.tsx';
import { ProblemAlert } from '../../problem-alert.tsx';
import { isUnknownLink } from '../../unknown-link.ts';

/** In the place of a campaign: that it comes, that it cannot be had now, or that there is none at this address. */
export const NoCampaign = ({ error, onRetry }: { error: unknown; onRetry: () => unknown }) => {
  const { t } = useTranslation();
  if (!error) return <Skeleton height={480} />;
  if (!isUnknownLink(error)) return <ProblemAlert error={error} onRetry={onRetry} />;
  return (
    <NothingYet title={t('console.campaigns.unknown')}>
      {t('console.campaigns.unknownText')}{' '}
      <Anchor component={Link} to="/ops/campaigns" size="sm" underline="always">
        {t('console.campaigns.back')}
      </Anchor>
    </NothingYet>
  );
};
