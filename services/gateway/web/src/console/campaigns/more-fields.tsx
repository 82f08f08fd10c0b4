import { type InputWrapperProps, MultiSelect, Stack, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CountInput } from '../common/count-input.tsx';
import { useRegionNames } from '../who/use-region-names.ts';
import { EffectFields } from './effect-fields.tsx';
import classes from './fields.module.css';
import type { Form } from './form.ts';
import { WaitlistFields } from './waitlist-fields.tsx';

const limits = ['buyerLimit', 'orderLimit', 'dayLimit'] as const;
const below: InputWrapperProps['inputWrapperOrder'] = ['label', 'input', 'description', 'error'];

/** What most drops leave as it is. */
export const MoreFields = (form: Form) => {
  const { draft, change, errorOf } = form;
  const { t } = useTranslation();
  const { countries } = useRegionNames();
  return (
    <Stack gap="lg">
      <fieldset className={classes.group}>
        <legend>{t('console.campaigns.form.limits')}</legend>
        <div className={classes.pair}>
          {limits.map((limit) => (
            <CountInput
              key={limit}
              label={t(`console.campaigns.form.${limit}`)}
              placeholder={t('console.campaigns.form.noLimit')}
              value={draft[limit]}
              onChange={(count) => change({ [limit]: count })}
              error={errorOf(limit)}
              max={20}
            />
          ))}
          <CountInput
            label={t('console.campaigns.form.hold')}
            description={t('console.campaigns.form.holdHint')}
            inputWrapperOrder={below}
            value={draft.holdMinutes}
            onChange={(holdMinutes) => change({ holdMinutes })}
            error={errorOf('holdSeconds')}
            placeholder="15"
            min={0.1}
            max={1440}
            allowDecimal
            decimalScale={2}
          />
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t('console.campaigns.form.transfers')}</legend>
        <div className={classes.pair}>
          <CountInput
            label={t('console.campaigns.form.transferLimit')}
            description={t('console.campaigns.form.transferHint')}
            inputWrapperOrder={below}
            value={draft.transferLimit}
            onChange={(transferLimit) => change({ transferLimit })}
            error={errorOf('transferLimit')}
            placeholder="0"
            max={5}
          />
          <CountInput
            label={t('console.campaigns.form.transferHours')}
            description={t('console.campaigns.form.transferHoursHint')}
            inputWrapperOrder={below}
            value={draft.transferHours}
            onChange={(transferHours) => change({ transferHours })}
            error={errorOf('transferSeconds')}
            placeholder="24"
            min={0.1}
            max={720}
            allowDecimal
            decimalScale={2}
          />
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t('console.campaigns.form.waitlist')}</legend>
        <WaitlistFields {...form} />
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t('console.campaigns.form.where')}</legend>
        <MultiSelect
          label={t('console.who.regions')}
          description={t('console.campaigns.form.regionsHint')}
          inputWrapperOrder={below}
          placeholder={draft.regions.length === 0 ? t('console.who.searchRegions') : ''}
          data={countries}
          value={draft.regions}
          onChange={(regions) => change({ regions })}
          error={errorOf('regions')}
          searchable
          limit={30}
        />
      </fieldset>
      <fieldset className={classes.group}>
        <legend>{t('console.campaigns.form.price')}</legend>
        <Stack gap="md">
          <EffectFields {...form} />
          <Textarea
            label={t('console.campaigns.form.eligible')}
            description={t('console.campaigns.form.eligibleHint')}
            inputWrapperOrder={below}
            value={draft.eligible}
            onChange={(event) => change({ eligible: event.currentTarget.value })}
            error={errorOf('eligible')}
            maxLength={1000}
            autosize
            minRows={1}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
        </Stack>
      </fieldset>
    </Stack>
  );
};
