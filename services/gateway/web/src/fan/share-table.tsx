import { Paper, Skeleton, Table, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';
import { ProblemAlert } from '../problem-alert.tsx';
import { sharesQuery } from '../queries.ts';
import classes from './share-table.module.css';

const counted = ['links', 'clicks', 'referrals'] as const;

export const ShareTable = ({ subject, campaignId, name }: { subject: string; campaignId: string; name: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const { data: shares, error, refetch } = useQuery(sharesQuery(subject, campaignId));
  if (!shares) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={120} />;
  return (
    <Paper withBorder p={{ base: 'sm', sm: 'lg' }}>
      <Title order={3} size="h5" id={id} mb="xs">
        {name}
      </Title>
      <Table aria-labelledby={id} horizontalSpacing={6} className={classes.shares ?? ''} data-testid="shares">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('fan.channel')}</Table.Th>
            {counted.map((what) => (
              <Table.Th key={what} ta="right">
                {t(`fan.${what}`)}
              </Table.Th>
            ))}
            <Table.Th ta="right">{t('fan.pointsColumn')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shares.channels.map((row) => (
            <Table.Tr key={row.channel} data-testid={`shares-${row.channel}`}>
              <Table.Th scope="row" fw={400}>
                {t(`channel.${row.channel}`)}
              </Table.Th>
              {counted.map((what) => (
                <Table.Td key={what} ta="right">
                  {format.number(row[what])}
                </Table.Td>
              ))}
              <Table.Td ta="right">{format.points(row.points)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
};
