import { useTranslation } from 'react-i18next';
import { useFormat } from '../language/use-format.ts';

/** So many points, as a text: 1 point, 2.5 points. */
export const usePointsText = () => {
  const { t } = useTranslation();
  const format = useFormat();
  return (points: number): string => t('fan.points', { count: points, points: format.points(points) });
};
