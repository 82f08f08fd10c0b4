import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CountInput } from '../common/count-input.tsx';
import type { EffectDraft } from './draft.ts';
import classes from './fields.module.css';
import type { Form } from './form.ts';

const kinds = ['none', 'amount', 'percentage', 'gift'] as const satisfies EffectDraft['kind'][];

/** What a code does to the price. */
export const EffectFields = ({ draft: { effect }, change, errorOf }: Form) => {
  const { t } = useTranslation();
  const changeEffect = (changed: Partial<EffectDraft>) => change({ effect: { ...effect, ...changed } });
  return (
    <div className={classes.pair}>
      <NativeSelect
        label={t('console.campaigns.form.effect')}
        value={effect.kind}
        onChange={(event) => changeEffect({ kind: kinds.find((kind) => kind === event.currentTarget.value) ?? 'none' })}
        data={kinds.map((kind) => ({ value: kind, label: t(`console.campaigns.form.effectKind.${kind}`) }))}
      />
      {effect.kind === 'amount' && (
        <>
          <CountInput
            label={t('console.campaigns.form.amount')}
            value={effect.amount}
            onChange={(amount) => changeEffect({ amount })}
            error={errorOf('amount')}
            max={10_000_000}
            allowDecimal
            decimalScale={2}
          />
          <TextInput
            label={t('console.campaigns.form.currency')}
            description={t('console.campaigns.form.currencyHint')}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={effect.currency}
            onChange={(event) => changeEffect({ currency: event.currentTarget.value.toUpperCase() })}
            error={errorOf('currency')}
            maxLength={3}
            autoComplete="off"
            spellCheck={false}
          />
        </>
      )}
      {effect.kind === 'percentage' && (
        <CountInput
          label={t('console.campaigns.form.percent')}
          value={effect.percent}
          onChange={(percent) => changeEffect({ percent })}
          error={errorOf('percent')}
          min={1}
          max={100}
        />
      )}
      {effect.kind === 'gift' && (
        <TextInput
          label={t('console.campaigns.form.gift')}
          value={effect.sku}
          onChange={(event) => changeEffect({ sku: event.currentTarget.value })}
          error={errorOf('gift')}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </div>
  );
};
