import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../language/use-format.ts';
import { useOpenAlerts } from './use-open-alerts.ts';

/** Beside the name of the part: how many alerts wait for somebody. Where there are none, nothing. */
export const AlertCount = ({ subject }: { subject: string }) => {
  const { t } = useTranslation();
  const format = useFormat();
  const { count, isMore } = useOpenAlerts(subject);
  if (count === 0) return null;
  const number = format.number(count);
  return (
    <Badge
      size="sm"
      color="red.9"
      variant="filled"
      ml={6}
      aria-label={t('console.alerts.open', { count })}
      data-testid="alert-count"
    >
      {isMore ? t('console.alerts.orMore', { number }) : number}
    </Badge>
  );
};
