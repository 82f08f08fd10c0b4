import type { Reason } from './decision.ts';

/** What an answer rested on, as it goes out with it, the same to the letter however often it is given. */
export interface Decided {
  outcome: 'accepted';
  reasons: Reason[];
  /** Which terms and switches were known to who decided: it grows with each change of them. */
  termsVersion: number;
}

/** The store's maps have no order: written the same way each time, so that the same answer is the same to the letter. */
const inOrder = ({ code, ...figures }: Reason): Reason => ({
  code,
  ...Object.fromEntries(Object.entries(figures).sort(([a], [b]) => (a < b ? -1 : 1))),
});

/** Made of what is kept with what was decided; what was decided before it was kept has none. */
export const decided = ({ reasons = [], termsVersion = 0 }: Partial<Omit<Decided, 'outcome'>> = {}): Decided => ({
  outcome: 'accepted',
  reasons: reasons.map(inOrder),
  termsVersion,
});
