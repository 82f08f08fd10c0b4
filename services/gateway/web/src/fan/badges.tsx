import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Standing } from '../api.ts';
import { useFormat } from '../language/use-format.ts';

/** What the community's keepers have recognised the member by, the first first. Their names are names, in every language. */
export const Badges = ({ badges }: { badges: Standing['badges'] }) => {
  const { t } = useTranslation();
  const format = useFormat();
  if (badges.length === 0) return null;
  return (
    <Group role="list" gap="xs" aria-label={t('fan.badges')} data-testid="badges">
      {badges.map(({ badge, since }) => (
        <Badge
          key={badge}
          role="listitem"
          size="lg"
          variant="default"
          tt="none"
          radius="sm"
          title={t('fan.badgeSince', { date: format.date(since) })}
        >
          {badge}
        </Badge>
      ))}
    </Group>
  );
};
