/** Text from elsewhere, safe to show in a terminal: no control characters, so no escape sequences. */
export const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

export const write = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The same with the keys of every object sorted: maps come in any order, and people compare documents. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, inner]) => [name, sorted(inner)] as const);
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** A document for programs: the same fields are the same text. */
export const document = (value: unknown): string => JSON.stringify(sorted(value), null, 2);

type Cell = string | number | boolean | undefined;

const textOf = (cell: Cell): string => (cell === undefined || cell === '' ? '-' : printable(String(cell)));

/** Columns for people, numbers to the right. `none` is said when there are no rows. */
export const table = (rows: Record<string, Cell>[], none: string): string => {
  const [first] = rows;
  if (!first) return none;
  const columns = Object.keys(first).map((name) => {
    const cells = rows.map((row) => textOf(row[name]));
    const width = Math.max(name.length, ...cells.map((cell) => cell.length));
    const isNumber = rows.every((row) => typeof row[name] === 'number' || row[name] === undefined);
    return [name.toUpperCase(), ...cells].map((cell) => (isNumber ? cell.padStart(width) : cell.padEnd(width)));
  });
  return [0, ...rows.keys().map((row) => row + 1)]
    .map((line) =>
      columns
        .map((column) => column[line])
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** One thing, a line for each of its fields; fields without a value are left out. */
export const sheet = (fields: Record<string, Cell>): string => {
  const known = Object.entries(fields).filter(([, cell]) => cell !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, cell]) => `${name.padEnd(width)}  ${textOf(cell)}`).join('\n');
};

/** An instant as people read it, in UTC. */
export const instant = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')}Z`;
