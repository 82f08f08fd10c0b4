import { Code, Group, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useFormat } from '../../language/use-format.ts';
import { StatusBadge, type Tone } from '../../status-badge.tsx';
import type { GrantRows } from '../api.ts';

type Row = GrantRows['items'][number];

/** Rows that are shown at once. */
export const rowsAtOnce = 25;

const tones = {
  granted: 'good',
  waiting: 'waiting',
  cancelled: 'over',
  no_member: 'over',
  no_count: 'over',
  too_many_fields: 'over',
} as const satisfies Record<Row['result'], Tone>;

/** Its codes, as `batch.index`: of several, the first and the last, each of which leads to what happened to it. */
const RowCodes = ({ row: { batch, from, codes = 0 } }: { row: Row }) => {
  const { t } = useTranslation();
  if (batch === undefined || from === undefined) return null;
  const linkTo = (index: number) => (
    <Link to="/ops/look-up" state={{ kind: 'code', text: `${batch}.${index}` }}>
      {batch}.{index}
    </Link>
  );
  if (codes <= 1) return linkTo(from);
  return (
    <span>
      {linkTo(from)} {t('console.grants.rowCodesTo')} {linkTo(from + codes - 1)}
    </span>
  );
};

/** Whose it is; of a row that gets nothing, what stands in it. */
const RowMember = ({ row: { memberId, text, isUnknown = false } }: { row: Row }) => {
  const { t } = useTranslation();
  if (memberId === undefined) return text !== undefined && <Code fz="sm">{text}</Code>;
  return (
    <Group gap={8}>
      {memberId}
      {isUnknown && <StatusBadge tone="waiting">{t('console.grants.result.unknown')}</StatusBadge>}
    </Group>
  );
};

/** What became of some rows; `labelledBy`: the id of the heading that says of what. */
export const RowTable = ({ rows, labelledBy }: { rows: readonly Row[]; labelledBy: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Table.ScrollContainer minWidth={300} type="native">
      <Table aria-labelledby={labelledBy} data-testid="rows" horizontalSpacing={8}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>
              {t(rows.some(({ line }) => line !== undefined) ? 'console.grants.line' : 'console.grants.row')}
            </Table.Th>
            <Table.Th>{t('console.grants.member')}</Table.Th>
            <Table.Th ta="right">{t('console.grants.rowCodes')}</Table.Th>
            <Table.Th>{t('console.grants.resultOf')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.row} data-testid="row" data-result={row.result} data-unknown={row.isUnknown}>
              <Table.Td>{format.number(row.line ?? row.row)}</Table.Td>
              <Table.Td style={{ overflowWrap: 'anywhere' }}>
                <RowMember row={row} />
              </Table.Td>
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
