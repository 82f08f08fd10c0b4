import type { Phase } from './phase-badge.tsx';
import type { Verb } from './verbs.ts';

/** What is asked about before it is done. */
export type Asked = Exclude<Verb, 'kill'>;
/** What is done here, or where it leads. */
export type Step = Asked | 'grant' | 'change' | 'again';

interface Standing {
  phase: Phase;
  /** Its window has ended. */
  isOver: boolean;
  isKilled: boolean;
}

/** What can be done with a campaign, the next step first. */
export const stepsOf = ({ phase, isOver, isKilled }: Standing): Step[] => {
  if (isKilled) return phase === 'closed' ? ['again'] : ['close', 'again'];
  switch (phase) {
    case 'draft':
      return isOver ? ['change', 'discard'] : ['publish', 'change', 'discard'];
    case 'scheduled':
    case 'open':
      return ['grant', 'pause', 'close'];
    case 'paused':
      return ['resume', 'close'];
    case 'ended':
      return ['close', 'again'];
    case 'closed':
      return ['again'];
  }
};
