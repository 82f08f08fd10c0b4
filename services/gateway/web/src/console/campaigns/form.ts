import type { Draft } from './draft.ts';

/** A definition that is being written, as its fields need it. */
export interface Form {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
  /** What to say at a field: what is missing or contradicts itself, or what the API says. */
  errorOf: (field: string) => string | undefined;
}
