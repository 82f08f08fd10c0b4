import { Group, NativeSelect, Paper, Stack, Title } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GrantJob } from '../api.ts';
import { AllRows } from './all-rows.tsx';
import type { GrantStatus, RowsWanted } from './queries.ts';
import { RowsDownload } from './rows-download.tsx';
import { RowsWith } from './rows-with.tsx';

/** What rows of a grant can have come to. */
const possible = {
  waiting: ['waiting', 'invalid'],
  running: ['granted', 'waiting', 'invalid'],
  done: ['granted', 'invalid'],
  cancelled: ['cancelled', 'invalid'],
} as const satisfies Record<GrantStatus, RowsWanted[]>;

/** Whether any of its members may be one of whom nothing was ever heard: all were looked up, or a part of them. */
const mayHaveUnknown = ({ file }: GrantJob): boolean => {
  if (file?.tiers.unknown === undefined) return false;
  return file.tiers.unknown > 0 || file.tiers.sampled < file.members;
};

/** What becomes of the rows of a file: of all in their order, or of those with one result. */
export const GrantRows = ({ subject, grant }: { subject: string; grant: GrantJob }) => {
  const { t } = useTranslation();
  const id = useId();
  const [chosen, setChosen] = useState('');
  const choices: readonly RowsWanted[] = [
    ...possible[grant.status],
    ...(mayHaveUnknown(grant) ? ['unknown' as const] : []),
  ];
  // What was chosen may be possible no more: the grant goes on.
  const wanted = choices.find((one) => one === chosen);
  const about = { subject, grant, labelledBy: id };
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} component="section" aria-labelledby={id}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={3} size="h4" id={id}>
            {t('console.grants.rowsTitle')}
          </Title>
          <RowsDownload subject={subject} grant={grant} />
        </Group>
        <Group>
          <NativeSelect
            size="sm"
            label={t('console.grants.rowsWanted')}
            value={wanted ?? ''}
            onChange={({ currentTarget: { value } }) => setChosen(value)}
            data={[
              { value: '', label: t('console.grants.rowsAll') },
              ...choices.map((one) => ({ value: one, label: t(`console.grants.result.${one}`) })),
            ]}
          />
        </Group>
        {wanted === undefined ? <AllRows {...about} /> : <RowsWith key={wanted} {...about} wanted={wanted} />}
      </Stack>
    </Paper>
  );
};
