import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type CodeMint, TEXT_BYTES } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import type { Batch, BatchRows } from './batch.ts';
import type { ByteRange } from './byte-range.ts';
import { codesIn, rowsIn, rowsRef } from './grant-job.ts';

type Created = Extract<Batch, { status: 'created' }>;

/** The codes of a granted batch as a file of CSV (RFC 4180), which is computed as it is read and kept nowhere. */
export interface CsvFile {
  /** Strong: the same bytes as long as it is the same. */
  etag: string;
  /** In bytes, where that is arithmetic: rows of members are as long as their names. */
  length: number | undefined;
  /** In bytes; looks through all the members where there are any. */
  measure: () => Promise<number>;
  /** As fast as the reader takes it. */
  read: (range?: ByteRange) => ReadableStream<Uint8Array>;
}

export const csvOf = (store: Store, mint: CodeMint, batch: Created): CsvFile => {
  const file = batch.file ? ofMembers(store, mint, batch, batch.file) : ofBearers(mint, batch);
  const { length } = file;
  return {
    etag: etagOf(mint, batch),
    length,
    measure: async () => length ?? (await file.measure()),
    read: ({ start, end } = { start: 0, end: Number.POSITIVE_INFINITY }) => streamOf(file.from(start), end - start),
  };
};

/** What is in the file follows from this, and from the key, which the first code stands for. */
const etagOf = (mint: CodeMint, { campaignId, batch, size, file, keyVersion, createdAt }: Created): string => {
  const first = mint.mint({ batch, index: 0 }, keyVersion);
  const parts = ['csv 1', campaignId, batch, size, file?.upload ?? '', createdAt, first];
  return `"${createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)}"`;
};

/** The first `bytes` of some pieces. One piece is made when it is asked for, and then everybody else has a turn. */
const streamOf = (
  pieces: Generator<Uint8Array> | AsyncGenerator<Uint8Array>,
  bytes: number,
): ReadableStream<Uint8Array> => {
  let left = bytes;
  return new ReadableStream(
    {
      async pull(controller) {
        // A socket that takes all at once asks for more without a look at what else there is to do.
        await turn();
        const { done, value } = left > 0 ? await pieces.next() : { done: true, value: undefined };
        if (done || value === undefined) {
          await pieces.return(undefined);
          return controller.close();
        }
        controller.enqueue(value.length > left ? value.subarray(0, left) : value);
        left -= value.length;
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
};

interface Run {
  from: number;
  count: number;
  digits: number;
}

/** Indexes in runs of equally many digits, in each of which rows are equally long. */
const runsOf = (from: number, count: number): Run[] => {
  const runs: Run[] = [];
  const end = from + count;
  for (let at = from; at < end; ) {
    const digits = String(at).length;
    const next = Math.min(end, 10 ** digits);
    runs.push({ from: at, count: next - at, digits });
    at = next;
  }
  return runs;
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Rows of a piece: they take less than a millisecond, which others wait for, and are more than a socket takes at once. */
const rowsAtOnce = 2048;

const ofBearers = (mint: CodeMint, { batch, size, keyVersion }: Created) => {
  const head = bytesOf('code,batch,index\r\n');
  let length = head.length;
  const runs = runsOf(0, size).map(({ from, count, digits }) => {
    const row = bytesOf(`${' '.repeat(TEXT_BYTES)},${batch},${' '.repeat(digits)}\r\n`);
    const start = length;
    length += count * row.length;
    return { from, count, row, start, end: length };
  });

  function* from(byte: number): Generator<Uint8Array> {
    if (byte < head.length) yield head.subarray(byte);
    for (const run of runs.filter(({ end }) => end > byte)) {
      const { row } = run;
      const rows = new Uint8Array(rowsAtOnce * row.length);
      for (let at = 0; at < rows.length; at += row.length) rows.set(row, at);
      const skipped = Math.max(0, byte - run.start);
      let inRow = skipped % row.length;
      for (let done = Math.floor(skipped / row.length); done < run.count; done += rowsAtOnce) {
        const [first, count] = [run.from + done, Math.min(rowsAtOnce, run.count - done)];
        // A copy: the reader may still hold the piece before.
        const piece = rows.slice(0, count * row.length);
        mint.print(piece, { batch, from: first, count, keyVersion, at: 0, stride: row.length });
        for (let nth = 1; nth <= count; nth++) putNumber(piece, nth * row.length - 2, first + nth - 1);
        yield piece.subarray(inRow);
        inRow = 0;
      }
    }
  }
  return { length, measure: async () => length, from };
};

/** In decimal, so that it ends before byte `end`. */
const putNumber = (into: Uint8Array, end: number, number: number): void => {
  let [at, rest] = [end, number];
  do {
    const tens = Math.floor(rest / 10);
    at -= 1;
    into[at] = 48 + (rest - tens * 10);
    rest = tens;
  } while (rest > 0);
};

interface Grantee {
  memberId: string;
  /** The first of its indexes in the batch. */
  from: number;
  codes: number;
}

const pagesAtOnce = 4;

/** To whom the codes of a batch were granted, in order, page by page as they are kept; a few are read ahead. */
async function* granteesOf(store: Store, { upload, pages }: BatchRows): AsyncGenerator<Grantee[]> {
  const readFrom = (page: number) => {
    const some = Array.from({ length: Math.min(pagesAtOnce, pages - page) }, (_, nth) => rowsRef(upload, page + nth));
    const reading = store.read(some);
    // It is waited for later, or by nobody who has gone away meanwhile.
    reading.catch(() => {});
    return reading;
  };
  for (let [page, next] = [0, pages > 0 ? readFrom(0) : undefined]; next !== undefined; ) {
    const now = await next;
    page += pagesAtOnce;
    next = page < pages ? readFrom(page) : undefined;
    for (const { state } of now) {
      let from = state.index;
      yield rowsIn(state).flatMap((row) => {
        const grantee = { memberId: row[0], from, codes: codesIn(row) };
        from += grantee.codes;
        return grantee.codes > 0 ? [grantee] : [];
      });
    }
  }
}

const ofMembers = (store: Store, mint: CodeMint, { batch, keyVersion }: Created, file: BatchRows) => {
  const head = bytesOf('code,batch,index,member_id\r\n');
  const rest = TEXT_BYTES + `,${batch},,\r\n`.length;

  const sizeOf = (grantees: readonly Grantee[]): number =>
    grantees.reduce(
      (sum, { from, codes, memberId }) =>
        sum +
        codes * (rest + Buffer.byteLength(memberId)) +
        runsOf(from, codes).reduce((digits, run) => digits + run.count * run.digits, 0),
      0,
    );

  async function* from(byte: number): AsyncGenerator<Uint8Array> {
    let skip = byte;
    /** What is left of a piece when the bytes before are skipped. */
    const after = (piece: Uint8Array): Uint8Array => {
      const left = piece.subarray(Math.min(skip, piece.length));
      skip -= piece.length - left.length;
      return left;
    };
    yield* nonEmpty(after(head));
    for await (const grantees of granteesOf(store, file)) {
      const size = skip > 0 ? sizeOf(grantees) : 0;
      if (size < skip) {
        skip -= size;
        continue;
      }
      const owners = grantees.flatMap(({ memberId, codes }) => Array.from({ length: codes }, () => memberId));
      const first = grantees[0]?.from ?? 0;
      let nth = 0;
      for (const texts of mint.mintRange(batch, first, owners.length, keyVersion)) {
        const rows = texts.map((text) => `${text},${batch},${first + nth},${owners[nth++]}\r\n`);
        yield* nonEmpty(after(bytesOf(rows.join(''))));
      }
    }
  }

  const measure = async (): Promise<number> => {
    let size = head.length;
    for await (const grantees of granteesOf(store, file)) size += sizeOf(grantees);
    return size;
  };
  return { length: undefined, measure, from };
};

function* nonEmpty(piece: Uint8Array): Generator<Uint8Array> {
  if (piece.length > 0) yield piece;
}
