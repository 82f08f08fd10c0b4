import { Progress, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import type { Campaign } from '../api.ts';
import { Figure } from './figure.tsx';
import { Part } from './part.tsx';
import { funnelQuery } from './queries.ts';

/** What is left, and what became of the rest, as it changes. */
export const CampaignNumbers = ({ subject, campaign }: { subject: string; campaign: Campaign }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { campaignId, left, quota } = campaign;
  const { data: funnel, error, refetch } = useQuery(funnelQuery(subject, campaignId));
  const percent = left === undefined ? 0 : (left / quota) * 100;
  return (
    <Part title={t('console.campaigns.numbers.title')} lead={t('console.campaigns.numbers.lead')}>
      {left !== undefined && (
        <Stack gap={6}>
          <Figure name={t('console.campaigns.numbers.left')} value={format.number(left)} testId="left">
            {t('console.campaigns.numbers.leftOf', { quota: format.number(quota) })}
          </Figure>
          <Progress
            value={percent}
            size="lg"
            color="indigo.8"
            aria-label={t('console.campaigns.numbers.leftBar', { percent: format.percent(Math.floor(percent)) })}
          />
        </Stack>
      )}
      {funnel ? (
        <SimpleGrid cols={3} spacing="sm">
          <Figure
            name={t('console.campaigns.numbers.claimed')}
            value={format.number(funnel.claimed)}
            testId="claimed"
          />
          <Figure
            name={t('console.campaigns.numbers.granted')}
            value={format.number(funnel.granted + funnel.bearer)}
            testId="granted"
          >
            {funnel.granted > 0 &&
              funnel.bearer > 0 &&
              t('console.campaigns.numbers.ofMembers', { codes: format.number(funnel.granted) })}
          </Figure>
          <Figure name={t('console.campaigns.numbers.bought')} value={format.number(funnel.bought)} testId="bought" />
          <Figure name={t('console.campaigns.numbers.held')} value={format.number(funnel.held)} testId="held" />
          <Figure
            name={t('console.campaigns.numbers.redeemed')}
            value={format.number(funnel.redeemed)}
            testId="redeemed"
          >
            {funnel.cancelled > 0 && t('console.campaigns.numbers.cancelled', { count: funnel.cancelled })}
          </Figure>
        </SimpleGrid>
      ) : error ? (
        <ProblemAlert error={error} onRetry={refetch} />
      ) : (
        <Skeleton height={64} />
      )}
      <Text size="xs" c="dimmed">
        {t('console.campaigns.numbers.about')}
      </Text>
    </Part>
  );
};
