import type { Draft, Field } from './draft.ts';

/** What the fields of one kind of grant are given. */
export interface FieldsProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** What is wrong with a field, as a sentence; once the form was sent. */
  errorOf: (field: Field) => string | undefined;
}
