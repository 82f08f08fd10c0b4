import { Select, Stack, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { timeZones } from '../common/zone.ts';
import classes from './fields.module.css';
import type { Form } from './form.ts';

/** From when until when, and by whose clocks. */
export const WindowFields = ({ draft, change, errorOf }: Form) => {
  const { t } = useTranslation();
  const zones = useMemo(() => [...new Set([draft.timeZone, ...timeZones()])], [draft.timeZone]);
  return (
    <Stack gap="xs">
      <div className={classes.pair}>
        {(['startsAt', 'endsAt'] as const).map((end) => (
          <TextInput
            key={end}
            type="datetime-local"
            label={t(end === 'startsAt' ? 'console.campaigns.form.starts' : 'console.campaigns.form.ends')}
            value={draft[end]}
            onChange={(event) => change({ [end]: event.currentTarget.value })}
            error={errorOf(end)}
            withAsterisk
          />
        ))}
      </div>
      <Select
        label={t('console.campaigns.form.zone')}
        description={t('console.campaigns.form.zoneHint')}
        data={zones}
        value={draft.timeZone}
        onChange={(timeZone) => timeZone !== null && change({ timeZone })}
        error={errorOf('timeZone')}
        searchable
        limit={40}
        allowDeselect={false}
      />
    </Stack>
  );
};
