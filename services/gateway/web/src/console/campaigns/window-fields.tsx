import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { daysAfter, instantOf, timeZones, wallOf } from '../common/zone.ts';
import classes from './fields.module.css';
import type { Form } from './form.ts';

/** How many days a drop may last, to choose from. */
const lengths = [1, 3, 7];

/** From when until when, and by whose clocks. */
export const WindowFields = ({ draft, change, errorOf }: Form) => {
  const { t } = useTranslation();
  const format = useFormat();
  const starts = instantOf(draft.startsAt, draft.timeZone);
  const zones = useMemo(() => [...new Set([draft.timeZone, ...timeZones()])], [draft.timeZone]);
  return (
    <Stack gap="xs">
      <div className={classes.pair}>
        <Stack gap={6}>
          <TextInput
            type="datetime-local"
            label={t('console.campaigns.form.starts')}
            description={starts !== undefined && starts <= Date.now() && t('console.campaigns.form.nowHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={draft.startsAt}
            onChange={(event) => change({ startsAt: event.currentTarget.value })}
            error={errorOf('startsAt')}
            withAsterisk
          />
          <Group gap={6}>
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => change({ startsAt: wallOf(Date.now(), draft.timeZone) })}
            >
              {t('console.campaigns.form.now')}
            </Button>
          </Group>
        </Stack>
        <Stack gap={6}>
          <TextInput
            type="datetime-local"
            label={t('console.campaigns.form.ends')}
            value={draft.endsAt}
            onChange={(event) => change({ endsAt: event.currentTarget.value })}
            error={errorOf('endsAt')}
            withAsterisk
          />
          <Group gap={6}>
            {lengths.map((days) => (
              <Button
                key={days}
                size="compact-xs"
                variant="default"
                disabled={starts === undefined}
                onClick={() => change({ endsAt: daysAfter(draft.startsAt, days) })}
              >
                {t('console.campaigns.form.lasts', { time: format.left(days * 86_400) })}
              </Button>
            ))}
          </Group>
        </Stack>
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
