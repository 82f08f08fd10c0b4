import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse/sync';
import { Advice } from './advice.ts';

/** A row of a file as it was told, and where; `problem` when it is no row at all. */
export interface Row {
  line: number;
  told?: Record<string, unknown>;
  problem?: string;
}

/** Names that a ledger's columns may have. */
const columns: Record<string, string> = {
  source_ref: 'ref',
  member_id: 'memberId',
  occurred_at: 'occurredAt',
};
const known = ['memberId', 'source', 'ref', 'kind', 'occurredAt'];

/** What we take of a row: ours by name, anything else a ledger has is left out. */
const toldBy = (given: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(given)
      .map(([name, value]) => [columns[name] ?? name, value] as const)
      .filter(([name]) => known.includes(name)),
  );

/** Longer than any row of ours; what a server is asked to take at once is bounded too. */
const longestRow = 8 * 1024;

/**
 * The rows of a CSV file with a header, or of an NDJSON file, one by one as they are read. A row is a line, so that one with
 * an open quote is a bad row by itself and takes none of the next ones along.
 */
export async function* rowsOf(file: string): AsyncGenerator<Row> {
  const toRow = /\.(ndjson|jsonl)$/.test(file) ? jsonRow : csvRows();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (text.trim() === '') continue;
    if (text.length > longestRow) yield { line, problem: `This row is longer than ${longestRow} characters.` };
    else {
      const row = toRow(line, text);
      if (row) yield row;
    }
  }
}

const jsonRow = (line: number, text: string): Row => {
  try {
    return { line, told: toldBy(JSON.parse(text) as Record<string, unknown>) };
  } catch {
    return { line, problem: 'This line is not JSON.' };
  }
};

/** The first line names the columns. */
const csvRows = () => {
  let header: string[] | undefined;
  return (line: number, text: string): Row | undefined => {
    let cells: string[];
    try {
      cells = cellsOf(text);
    } catch (error) {
      if (!header)
        throw new Advice(`The first line names the columns, and cannot be read: ${(error as Error).message}`);
      return { line, problem: (error as Error).message };
    }
    if (header) return { line, told: toldBy(Object.fromEntries(header.map((name, column) => [name, cells[column]]))) };
    header = cells.map((name) => name.trim().replace(/^\uFEFF/, ''));
    return undefined;
  };
};

const cellsOf = (text: string): string[] => {
  // Most lines have no quote, and need no parser.
  if (!text.includes('"')) return text.split(',');
  const [cells = []] = parse(text, { bom: true, relax_quotes: true }) as string[][];
  return cells;
};
