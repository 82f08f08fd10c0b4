import { Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { TierBadge } from '../../tier-badge.tsx';
import type { GrantJob } from '../api.ts';
import { tiers as ladder } from '../who/who.ts';
import classes from './tier-shares.module.css';

interface TierSharesProps {
  tiers: NonNullable<GrantJob['file']>['tiers'];
  members: number;
}

/** Of which tiers the members are: all of them, or a sample where there are many. */
export const TierShares = ({ tiers: { sampled, byTier }, members }: TierSharesProps) => {
  const { t } = useTranslation();
  const format = useFormat();
  const found = ladder.filter((tier) => (byTier[tier] ?? 0) > 0);
  return (
    <Stack gap={8}>
      <Text size="sm" c="dimmed">
        {sampled < members
          ? t('console.grants.tiersSampled', { number: format.number(sampled) })
          : t('console.grants.tiers')}
      </Text>
      <ul className={classes.tiers}>
        {found.map((tier) => {
          const count = byTier[tier] ?? 0;
          const share = (100 * count) / sampled;
          return (
            <li key={tier}>
              <span>
                <TierBadge tier={tier} />
              </span>
              <Progress value={share} aria-label={t(`tier.${tier}`)} />
              <Text size="sm">
                {sampled < members
                  ? format.percent(Math.round(share))
                  : t('console.grants.members', { count, number: format.number(count) })}
              </Text>
            </li>
          );
        })}
      </ul>
    </Stack>
  );
};
