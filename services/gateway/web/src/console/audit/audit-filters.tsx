import { Button, Group, NativeSelect, Paper, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { newestQuery } from '../campaigns/queries.ts';
import { campaignQuery } from '../grants/queries.ts';
import { useOps } from '../use-ops.ts';
import { actions } from './actions.ts';
import { AuditExport } from './audit-export.tsx';
import classes from './audit-filters.module.css';
import { useDid } from './use-did.ts';
import type { useWanted } from './use-wanted.ts';

interface AuditFiltersProps {
  subject: string;
  filters: ReturnType<typeof useWanted>;
}

/** Whose deeds, which, in which campaign, when. */
export const AuditFilters = ({ subject, filters }: AuditFiltersProps) => {
  const { t } = useTranslation();
  const { people, nameOf } = useOps();
  const didOf = useDid();
  const { chosenOf, choose, clear, isBackward, zone, isAny, wanted } = filters;
  const campaignId = chosenOf('campaignId');
  const { data: newest } = useQuery(newestQuery(subject));
  const { data: one } = useQuery({ ...campaignQuery(subject, campaignId), enabled: campaignId !== '' });
  const listed = newest?.items.map((campaign) => ({ value: campaign.campaignId, label: campaign.name })) ?? [];
  const isListed = listed.some(({ value }) => value === campaignId);
  const by = chosenOf('by');
  const known = people.map((person) => ({ value: person.subject, label: nameOf(person.subject) }));
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }}>
      <Stack gap="md">
        <div className={classes.filters}>
          {people.length === 0 ? (
            <TextInput
              label={t('console.audit.by')}
              value={by}
              onChange={(event) => choose('by', event.currentTarget.value.trim())}
              autoComplete="off"
            />
          ) : (
            <NativeSelect
              label={t('console.audit.by')}
              value={by}
              onChange={(event) => choose('by', event.currentTarget.value)}
              data={[
                { value: '', label: t('console.audit.anybody') },
                ...known,
                ...(by === '' || known.some(({ value }) => value === by) ? [] : [{ value: by, label: by }]),
              ]}
            />
          )}
          <NativeSelect
            label={t('console.audit.action')}
            value={chosenOf('action')}
            onChange={(event) => choose('action', event.currentTarget.value)}
            data={[
              { value: '', label: t('console.audit.anything') },
              ...actions.map((action) => ({ value: action, label: didOf(action) })),
            ]}
          />
          <NativeSelect
            label={t('console.audit.campaign')}
            value={campaignId}
            onChange={(event) => choose('campaignId', event.currentTarget.value)}
            data={[
              { value: '', label: t('console.audit.anyCampaign') },
              ...(campaignId === '' || isListed ? [] : [{ value: campaignId, label: one?.name ?? campaignId }]),
              ...listed,
            ]}
          />
          <TextInput
            type="datetime-local"
            label={t('console.audit.from')}
            value={chosenOf('from')}
            onChange={(event) => choose('from', event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={t('console.audit.to')}
            value={chosenOf('to')}
            onChange={(event) => choose('to', event.currentTarget.value)}
            error={isBackward && t('console.audit.backward')}
          />
        </div>
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {t('console.audit.zone', { zone })}
          </Text>
          <Group gap="sm">
            {isAny && (
              <Button size="xs" variant="subtle" onClick={clear}>
                {t('console.audit.clear')}
              </Button>
            )}
            <AuditExport subject={subject} wanted={wanted} />
          </Group>
        </Group>
      </Stack>
    </Paper>
  );
};
