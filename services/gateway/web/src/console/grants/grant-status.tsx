import { useTranslation } from 'react-i18next';
import { StatusBadge, type Tone } from '../../status-badge.tsx';
import type { GrantStatus } from './queries.ts';

const tones = { waiting: 'waiting', running: 'ready', done: 'good', cancelled: 'over' } as const satisfies Record<
  GrantStatus,
  Tone
>;

export const GrantStatusBadge = ({ status, isForYou }: { status: GrantStatus; isForYou: boolean }) => {
  const { t } = useTranslation();
  return (
    <StatusBadge tone={tones[status]}>
      {isForYou ? t('console.grants.waitsForYou') : t(`console.grants.status.${status}`)}
    </StatusBadge>
  );
};
