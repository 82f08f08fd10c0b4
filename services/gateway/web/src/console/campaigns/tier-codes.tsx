import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CountInput } from '../common/count-input.tsx';
import { tiers } from '../who/who.ts';
import classes from './fields.module.css';
import type { Form } from './form.ts';

/** So many codes for each tier. */
export const TierCodes = ({ draft: { codes }, change }: Form) => {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t('console.campaigns.form.tiersLead')}
      </Text>
      <div className={classes.four}>
        {tiers.map((tier) => (
          <CountInput
            key={tier}
            label={t('console.campaigns.form.codesOf', { tier: t(`tier.${tier}`) })}
            value={codes[tier]}
            onChange={(count) => change({ codes: { ...codes, [tier]: count } })}
            max={100}
            placeholder="0"
          />
        ))}
      </div>
    </Stack>
  );
};
