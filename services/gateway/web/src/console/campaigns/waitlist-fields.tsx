import { Checkbox, NativeSelect, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CountInput } from '../common/count-input.tsx';
import type { WaitlistDraft } from './draft.ts';
import classes from './fields.module.css';
import type { Form } from './form.ts';

const units = ['minutes', 'hours', 'days'] as const;

/** Whether members may wait for a place, and how long one is kept for whom it is offered to. */
export const WaitlistFields = ({ draft: { waitlist }, change, errorOf }: Form) => {
  const { t } = useTranslation();
  const changeWaitlist = (changed: Partial<WaitlistDraft>) => change({ waitlist: { ...waitlist, ...changed } });
  // What was planned elsewhere may be kept for seconds; nobody who plans here wants that.
  const offered = units.some((unit) => unit === waitlist.unit) ? units : ([waitlist.unit, ...units] as const);
  return (
    <Stack gap="md">
      <Checkbox
        label={t('console.campaigns.form.hasWaitlist')}
        description={t('console.campaigns.form.waitlistHint')}
        checked={waitlist.isOn}
        onChange={(event) => changeWaitlist({ isOn: event.currentTarget.checked })}
      />
      {waitlist.isOn && (
        <div className={classes.pair}>
          <CountInput
            label={t('console.campaigns.form.offer')}
            description={t('console.campaigns.form.offerHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={waitlist.offer}
            onChange={(offer) => changeWaitlist({ offer })}
            error={errorOf('waitlist')}
            withAsterisk
            allowDecimal
            decimalScale={2}
          />
          <NativeSelect
            label={t('console.campaigns.form.offerUnit')}
            value={waitlist.unit}
            onChange={(event) =>
              changeWaitlist({ unit: offered.find((unit) => unit === event.currentTarget.value) ?? 'hours' })
            }
            data={offered.map((unit) => ({ value: unit, label: t(`console.campaigns.form.unit.${unit}`) }))}
          />
        </div>
      )}
    </Stack>
  );
};
