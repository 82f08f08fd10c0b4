import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import type { Batch } from '../api.ts';
import { CodeExport } from '../grants/code-export.tsx';
import { useOps } from '../use-ops.ts';

/** A batch: what its codes are for, how many, since when; those of a grant can be taken out. */
export const BatchRow = ({ subject, batch: shown }: { subject: string; batch: Batch }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useOps();
  const { batch, campaignId, size, canaries, createdAt, kind, to, named, grantedBy, reference = '' } = shown;
  const isGrant = kind === 'grant' && named === undefined;
  const what = () => {
    if (named) return t('console.campaigns.batches.to.named', { name: named.name });
    return kind === 'claims'
      ? t('console.campaigns.batches.claims')
      : t(`console.campaigns.batches.to.${to ?? 'members'}`);
  };
  const count = { count: size - canaries, codes: format.number(size - canaries) };
  const date = format.moment(createdAt);
  return (
    <li data-testid={`batch-${batch}`}>
      <Group justify="space-between" gap="sm">
        <Stack gap={2}>
          <Text fw={600}>
            {t('console.campaigns.batches.batch', { batch: String(batch) })} · {what()}
          </Text>
          <Text size="sm" c="dimmed">
            {kind === 'grant' &&
              `${t(named ? 'console.campaigns.batches.uses' : 'console.campaigns.batches.codes', count)} · `}
            {grantedBy === undefined
              ? date
              : t('console.campaigns.batches.createdBy', { date, who: nameOf(grantedBy) })}
          </Text>
        </Stack>
        {isGrant && <CodeExport {...{ subject, campaignId, batch, reference, canaries }} codes={size - canaries} />}
      </Group>
    </li>
  );
};
