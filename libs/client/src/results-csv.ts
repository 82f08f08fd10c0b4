import type { GrantRows } from './schema.d.ts';

type Field = string | number | undefined;

/** A field of CSV (RFC 4180). */
const field = (value: Field): string => {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Where a spreadsheet would take what follows for a formula, in whatever way it parts cells. */
const formula = /^(?=[\t\r\n])|(?<=^|[\t\r\n;|])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

const lineOf = (fields: readonly Field[]): string => `${fields.map(field).join(',')}\r\n`;

/** The first line of the results of a grant as CSV. */
export const resultsHead = lineOf(['row', 'member_id', 'codes', 'result', 'batch', 'from', 'line', 'text']);

/**
 * What became of a row, as a line of CSV: where it stands in the file, and what stands in it if it gets no code. A ' stands
 * before what a spreadsheet would take for a formula.
 */
export const resultLine = (row: GrantRows['items'][number]): string => {
  const { memberId, codes, result, batch, from, line, text } = row;
  return lineOf([row.row, memberId, codes, result, batch, from, line, text?.replaceAll(formula, "'")]);
};
