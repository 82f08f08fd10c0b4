import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { tiers } from '../who/who.ts';
import classes from './preview.module.css';
import type { Preview } from './preview-query.ts';

/** Each tier with its members, its codes, and a bar as long as its part of them. */
export const PreviewByTier = ({ preview }: { preview: Preview }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = tiers.flatMap((tier) => preview.byTier.filter((row) => row.tier === tier));
  const most = Math.max(1, ...rows.map(({ codes }) => codes));
  return (
    <Table aria-label={t('console.campaigns.preview.byTier')} horizontalSpacing={6} verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('console.campaigns.preview.tier')}</Table.Th>
          <Table.Th ta="right">{t('console.campaigns.preview.membersColumn')}</Table.Th>
          <Table.Th ta="right">{t('console.campaigns.preview.codesColumn')}</Table.Th>
          <Table.Th className={classes.barColumn ?? ''} aria-hidden />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ tier, members, codes }) => (
          <Table.Tr key={tier} data-testid={`preview-${tier}`}>
            <Table.Th scope="row" fw={400}>
              {t(`tier.${tier}`)}
            </Table.Th>
            <Table.Td ta="right">{format.number(members)}</Table.Td>
            <Table.Td ta="right" fw={600}>
              {format.number(codes)}
            </Table.Td>
            {/* Says nothing that the number beside it does not. */}
            <Table.Td aria-hidden>
              <div className={classes.bar} style={{ width: `${(codes / most) * 100}%` }} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
};
