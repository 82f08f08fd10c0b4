import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { memberId, Problem } from '@fcode/http';
import { CsvError, parse } from 'csv-parse';
import type { Segment } from './grant.wishes.ts';
import type { Row } from './grant-job.ts';

export const rowsPerPage = 1000;
export const rowsAtMost = 1_000_000;
/** Codes of one row. */
const codesAtMost = 100;
const longestRow = 1024;

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

/**
 * The rows of a CSV body, in pages, as it comes: columns member_id and codes, with or without that header. `digest` is of the
 * rows that were read, once all are. Throws a Problem, with the line, where it is no CSV.
 */
export const pagesOf = (body: AsyncIterable<Uint8Array> | null) => {
  const hash = createHash('sha256');
  const digest = () => hash.digest('base64url').slice(0, 22);
  const pages = async function* (): AsyncGenerator<Row[]> {
    const rows = Readable.from(body ?? []).pipe(
      parse({
        bom: true,
        trim: true,
        skip_empty_lines: true,
        relax_column_count: true,
        max_record_size: longestRow,
        // Files that were put together end their rows in more than one way.
        record_delimiter: ['\r\n', '\n', '\r'],
      }),
    );
    let page: Row[] = [];
    let seen = 0;
    try {
      for await (const fields of rows as AsyncIterable<string[]>) {
        if (seen === 0 && fields[0]?.toLowerCase() === 'member_id') continue;
        seen += 1;
        if (seen > rowsAtMost) throw new Problem('too_many_rows', tooLong);
        hash.update(`${fields.join(',')}\n`);
        page.push(rowOf(fields));
        if (page.length === rowsPerPage) {
          yield page;
          page = [];
        }
      }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw new Problem('bad_file', badFile, { detail: error.message });
    }
    if (page.length > 0) yield page;
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
  const pages = async function* (): AsyncGenerator<Row[]> {
    let page: Row[] = [];
    let [seen, left] = [0, places ?? Number.POSITIVE_INFINITY];
    for await (const member of members) {
      seen += 1;
      if (seen > rowsAtMost) throw new Problem('too_many_rows', tooMany);
      page.push([member, Math.min(codes, left)]);
      left -= codes;
      if (left <= 0) break;
      if (page.length === rowsPerPage) {
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  };
  return { pages, digest };
};
