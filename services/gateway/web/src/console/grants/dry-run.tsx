import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { StatusBadge } from '../../status-badge.tsx';
import type { GrantJob } from '../api.ts';
import { Facts } from '../common/facts.tsx';
import { TierShares } from './tier-shares.tsx';
import { useGrantText } from './use-grant-text.ts';

/** What it would be, before it is. */
export const DryRun = ({ grant }: { grant: GrantJob }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { codesOf, membersOf, unknownOf } = useGrantText();
  const { codes, file, quota } = grant;
  const forWhom = () => {
    if (!file) return undefined;
    const unknown = unknownOf(file);
    if (unknown === undefined) return membersOf(file.members);
    return (
      <Stack gap={6}>
        <span>{membersOf(file.members)}</span>
        <Group gap={8} data-testid="unknown">
          <StatusBadge tone="waiting">{t('console.grants.result.unknown')}</StatusBadge>
          <Text size="sm">{t('console.grants.unknownMistyped', { unknown })}</Text>
        </Group>
      </Stack>
    );
  };
  const overlap = () => {
    if (!file) return undefined;
    const { members, grants } = file.overlap;
    if (members === 0) return t('console.grants.overlapNone');
    return t('console.grants.overlapSome', {
      count: grants,
      members: membersOf(members),
      number: format.number(grants),
    });
  };
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} data-testid="dry-run">
      <Stack gap="md">
        <Title order={3} size="h4">
          {t('console.grants.dryRun')}
        </Title>
        <Facts
          facts={[
            { what: t('console.grants.makes'), value: codesOf(codes) },
            { what: t('console.grants.forWhom'), value: forWhom() },
            {
              what: t('console.grants.rows'),
              value:
                file &&
                (file.invalid === 0
                  ? t('console.grants.rowsGood', { count: file.rows, number: format.number(file.rows) })
                  : t('console.grants.rowsBad', {
                      count: file.invalid,
                      number: format.number(file.rows),
                      bad: format.number(file.invalid),
                    })),
            },
            { what: t('console.grants.overlap'), value: overlap() },
            {
              what: t('console.grants.quota'),
              value:
                quota &&
                t(quota.reserved === 0 ? 'console.grants.quotaShare' : 'console.grants.quotaReserved', {
                  left: format.number(quota.left),
                  share: format.points(quota.share * 100),
                  reserved: format.number(quota.reserved),
                }),
            },
          ]}
        />
        {file && file.tiers.sampled > 0 && <TierShares tiers={file.tiers} members={file.members} />}
      </Stack>
    </Paper>
  );
};
