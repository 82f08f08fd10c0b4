import { Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Reason } from '../api.ts';
import { en } from '../language/en.ts';
import { useFormat } from '../language/use-format.ts';

const isKind = (kind: string): kind is keyof typeof en.kind => Object.hasOwn(en.kind, kind);

/** Which contributions make up the score, and what was spent of it. */
export const Contributions = ({ reasons }: { reasons: Reason[] }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = reasons
    .filter(({ code }) => code === 'contributed' || code === 'spent')
    .map(({ kind, count, points }) => ({ kind: String(kind), count: Number(count), points: Number(points) }))
    .toSorted((one, other) => other.points - one.points);
  return (
    <Stack gap={4}>
      <Title order={3} size="h5">
        {t('fan.madeOf')}
      </Title>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('fan.madeOfNothing')}
        </Text>
      ) : (
        <>
          <Table horizontalSpacing={0} withRowBorders>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('fan.what')}</Table.Th>
                <Table.Th ta="right">{t('fan.times')}</Table.Th>
                <Table.Th ta="right">{t('fan.pointsColumn')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ kind, count, points }) => (
                <Table.Tr key={kind}>
                  <Table.Td>{isKind(kind) ? t(`kind.${kind}`) : kind}</Table.Td>
                  <Table.Td ta="right">{format.number(count)}</Table.Td>
                  <Table.Td ta="right">{format.points(points)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text size="sm" c="dimmed">
            {t('fan.fades')}
          </Text>
        </>
      )}
    </Stack>
  );
};
