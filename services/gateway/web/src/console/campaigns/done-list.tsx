import { Anchor, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { useDid } from '../audit/use-did.ts';
import { useOps } from '../use-ops.ts';
import { Part } from './part.tsx';
import classes from './preview.module.css';
import { doneQuery } from './queries.ts';

/** The last things that somebody did with a campaign, and why; the rest is in the audit log. */
export const DoneList = ({ subject, campaignId }: { subject: string; campaignId: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const didOf = useDid();
  const { data, error, refetch } = useQuery(doneQuery(subject, campaignId));
  const shown = () => {
    if (!data) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={120} />;
    if (data.items.length === 0) {
      return (
        <Text size="sm" c="dimmed">
          {t('console.campaigns.audit.none')}
        </Text>
      );
    }
    return (
      <ul className={classes.rules} data-testid="done-list">
        {data.items.map(({ eventId, action, who, at, reason }) => (
          <li key={eventId} data-action={action}>
            <Stack gap={0}>
              <Text size="sm" fw={600}>
                {format.spaced(t('console.audit.sentence', { name: nameOf(who), did: didOf(action) }))}
              </Text>
              {reason !== undefined && <Text size="sm">{t('console.campaigns.audit.reason', { reason })}</Text>}
              <Text size="sm" c="dimmed">
                {format.moment(at)}
              </Text>
            </Stack>
          </li>
        ))}
      </ul>
    );
  };
  return (
    <Part title={t('console.campaigns.audit.title')}>
      {shown()}
      <Anchor component={Link} to={`/ops/audit?campaignId=${campaignId}`} size="sm">
        {t('console.campaigns.audit.all')}
      </Anchor>
    </Part>
  );
};
