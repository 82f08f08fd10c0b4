import { useTranslation } from 'react-i18next';
import { StatusBadge, type Tone } from '../../status-badge.tsx';
import type { Campaign } from '../api.ts';

export type Phase = Campaign['phase'];
export const phases = ['draft', 'scheduled', 'open', 'paused', 'ended', 'closed'] as const satisfies Phase[];

const tones = {
  draft: 'ready',
  scheduled: 'ready',
  open: 'good',
  paused: 'waiting',
  ended: 'over',
  closed: 'over',
} as const satisfies Record<Phase, Tone>;

export const PhaseBadge = ({ phase }: { phase: Phase }) => {
  const { t } = useTranslation();
  return <StatusBadge tone={tones[phase]}>{t(`phase.${phase}`)}</StatusBadge>;
};
