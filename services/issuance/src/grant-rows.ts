import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { memberId, Problem } from '@fcode/http';
import { CsvError, parse } from 'csv-parse';
import type { Segment } from './grant.wishes.ts';
import type { Row, SentRows } from './grant-job.ts';

export const rowsPerPage = 1000;
export const rowsAtMost = 1_000_000;
/** Codes of one row. */
const codesAtMost = 100;
const longestRow = 1024;
/** Signs of a refused row that are kept: a page of a thousand is one item of the store, and a sign takes three bytes. */
const textAtMost = 80;

const badFile = { status: 422, title: 'The file cannot be read as rows of member_id,codes.' } as const;
const tooLong = { status: 413, title: `A file has ${rowsAtMost} rows at most. Split it.` } as const;
const tooMany = {
  status: 413,
  title: `A segment has ${rowsAtMost} members at most. Narrow it, or give it places.`,
} as const;

const count = /^\d{1,3}$/;
const isMember = (text: string): boolean => memberId.safeParse(text).success;

const rowOf = (fields: string[]): Row => {
  if (fields.length > 2) return ['too_many_fields'];
  const [who = '', codes = ''] = fields;
  if (!isMember(who)) return ['no_member'];
  const number = Number(codes);
  return count.test(codes) && number >= 1 && number <= codesAtMost ? [who, number] : ['no_count'];
};

/** What stands in a row, on one line; an ellipsis where there is more. */
const textOf = (fields: string[]): string => {
  const text = fields.join(',').replace(/\p{Cc}+/gu, ' ');
  // No half of a sign at the end: it would be none.
  return text.length > textAtMost ? `${text.slice(0, textAtMost - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
};

/** A record and, in `lines`, the line on which it ends, from 1. */
interface Read {
  record: string[];
  info: { lines: number };
}

const emptyPage = (): Required<SentRows> => ({ rows: [], lines: [], refused: [] });

/**
 * The rows of a CSV body, in pages, as it comes: columns member_id and codes, with or without that header. `digest` is of the
 * rows that were read, once all are. Throws a Problem, with the line, where it is no CSV.
 */
export const pagesOf = (body: AsyncIterable<Uint8Array> | null) => {
  const hash = createHash('sha256');
  const digest = () => hash.digest('base64url').slice(0, 22);
  const pages = async function* (): AsyncGenerator<SentRows> {
    // A body that breaks off is what the loop below throws.
    const rows = pipeline(
      Readable.from(body ?? []),
      parse({
        bom: true,
        trim: true,
        skip_empty_lines: true,
        relax_column_count: true,
        max_record_size: longestRow,
        info: true,
        // Files that were put together end their rows in more than one way.
        record_delimiter: ['\r\n', '\n', '\r'],
      }),
      () => {},
    );
    let page = emptyPage();
    let [seen, lastLine] = [0, 0];
    try {
      for await (const { record: fields, info } of rows as AsyncIterable<Read>) {
        const { lines: line } = info;
        const isNext = line === lastLine + 1;
        lastLine = line;
        if (seen === 0 && fields[0]?.toLowerCase() === 'member_id') continue;
        seen += 1;
        if (seen > rowsAtMost) throw new Problem('too_many_rows', tooLong);
        hash.update(`${fields.join(',')}\n`);
        if (!isNext || page.rows.length === 0) page.lines.push([page.rows.length, line]);
        const row = rowOf(fields);
        page.rows.push(row);
        if (row.length === 1) page.refused.push(textOf(fields));
        if (page.rows.length === rowsPerPage) {
          yield page;
          page = emptyPage();
        }
      }
    } catch (error) {
      if (error instanceof Problem) throw error;
      // What sent it is gone, in most cases: nobody hears of this.
      const detail = error instanceof CsvError ? error.message : 'It broke off.';
      throw new Problem('bad_file', badFile, { detail });
    }
    if (page.rows.length > 0) yield page;
  };
  return { pages, digest };
};

/**
 * Rows for the members of a segment, in the order in which they come, as a file of them would have: `codes` for each while there
 * are places. `digest` is of what was asked for, whoever it comes to. Throws a Problem where there are more than a file may have.
 */
export const segmentPagesOf = ({ segment, codes, places }: Segment, members: AsyncIterable<string>) => {
  const asked = JSON.stringify([segment, codes, places ?? null]);
  const digest = () => createHash('sha256').update(asked).digest('base64url').slice(0, 22);
  const pages = async function* (): AsyncGenerator<SentRows> {
    let page: Row[] = [];
    let [seen, left] = [0, places ?? Number.POSITIVE_INFINITY];
    for await (const member of members) {
      seen += 1;
      if (seen > rowsAtMost) throw new Problem('too_many_rows', tooMany);
      page.push([member, Math.min(codes, left)]);
      left -= codes;
      if (left <= 0) break;
      if (page.length === rowsPerPage) {
        yield { rows: page };
        page = [];
      }
    }
    if (page.length > 0) yield { rows: page };
  };
  return { pages, digest };
};
