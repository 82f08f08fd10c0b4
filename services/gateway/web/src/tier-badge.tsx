import { Badge, type MantineSize } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Tier } from './api.ts';

const colors = { angel: 'grape.9', core: 'indigo.8', loyal: 'teal.9', fan: 'gray.7' } as const satisfies Record<
  Tier,
  string
>;

export const TierBadge = ({ tier, size = 'md' }: { tier: Tier; size?: MantineSize }) => {
  const { t } = useTranslation();
  return (
    <Badge color={colors[tier]} size={size} variant="filled" tt="none" radius="sm">
      {t(`tier.${tier}`)}
    </Badge>
  );
};
