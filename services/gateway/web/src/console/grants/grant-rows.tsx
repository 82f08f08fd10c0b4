import { Button, Group, Paper, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { ProblemAlert } from '../../problem-alert.tsx';
import { StatusBadge, type Tone } from '../../status-badge.tsx';
import type { GrantJob, GrantRows as Page } from '../api.ts';
import { NextBadRow } from './next-bad-row.tsx';
import { rowsQuery } from './queries.ts';
import { RowsDownload } from './rows-download.tsx';

type Row = Page['items'][number];

/** As the system has them, and as many as are read at once. */
const rowsPerPage = 1000;
const rowsAtOnce = 25;

const tones = {
  granted: 'good',
  waiting: 'waiting',
  cancelled: 'over',
  no_member: 'over',
  no_count: 'over',
  too_many_fields: 'over',
} as const satisfies Record<Row['result'], Tone>;

/** Its codes, as `batch.index`: the first of them leads to what happened to it. */
const RowCodes = ({ row: { batch, from, codes = 0 } }: { row: Row }) => {
  if (batch === undefined || from === undefined) return null;
  const first = `${batch}.${from}`;
  return (
    <Link to="/ops/look-up" state={{ kind: 'code', text: first }}>
      {codes > 1 ? `${first} … ${from + codes - 1}` : first}
    </Link>
  );
};

/** What becomes of each row of a file, in its order, page by page. */
export const GrantRows = ({ subject, grant }: { subject: string; grant: GrantJob }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const id = useId();
  const [from, setFrom] = useState(0);
  const all = grant.file?.rows ?? 0;
  const { data, error, refetch } = useQuery(rowsQuery(subject, grant, Math.floor(from / rowsPerPage)));
  const within = from % rowsPerPage;
  const rows = data?.items.slice(within, within + rowsAtOnce);

  const shown = () => {
    if (!rows) return error ? <ProblemAlert error={error} onRetry={refetch} /> : <Skeleton height={240} />;
    return (
      <Table.ScrollContainer minWidth={300} type="native">
        <Table aria-labelledby={id} data-testid="rows" horizontalSpacing={8}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('console.grants.row')}</Table.Th>
              <Table.Th>{t('console.grants.member')}</Table.Th>
              <Table.Th ta="right">{t('console.grants.rowCodes')}</Table.Th>
              <Table.Th>{t('console.grants.resultOf')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.row} data-testid="row" data-result={row.result}>
                <Table.Td>{format.number(row.row)}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{row.memberId}</Table.Td>
                <Table.Td ta="right">{row.codes}</Table.Td>
                <Table.Td>
                  <Group gap={8}>
                    <StatusBadge tone={tones[row.result]}>{t(`console.grants.result.${row.result}`)}</StatusBadge>
                    <RowCodes row={row} />
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    );
  };
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} component="section" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={3} size="h4" id={id}>
            {t('console.grants.rowsTitle')}
          </Title>
          <RowsDownload subject={subject} grant={grant} />
        </Group>
        {shown()}
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {t('console.grants.rowsShown', {
              from: format.number(Math.min(all, from + 1)),
              to: format.number(Math.min(all, from + rowsAtOnce)),
              all: format.number(all),
            })}
          </Text>
          <Group gap="xs">
            {(grant.file?.invalid ?? 0) > 0 && all > rowsAtOnce && (
              <NextBadRow
                subject={subject}
                grant={grant}
                after={from + rowsAtOnce}
                onFound={(row) => setFrom(row - (row % rowsAtOnce))}
              />
            )}
            {all > rowsAtOnce && (
              <>
                <Button size="xs" variant="default" disabled={from === 0} onClick={() => setFrom(from - rowsAtOnce)}>
                  {t('console.grants.rowsBefore')}
                </Button>
                <Button
                  size="xs"
                  variant="default"
                  disabled={from + rowsAtOnce >= all}
                  onClick={() => setFrom(from + rowsAtOnce)}
                >
                  {t('console.grants.rowsAfter')}
                </Button>
              </>
            )}
          </Group>
        </Group>
      </Stack>
    </Paper>
  );
};
