import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ExportRead {
  status: number;
  headers: IncomingMessage['headers'];
  /** Lines that came whole. */
  lines: number;
  bytes: number;
  seconds: number;
  /** Until the first byte of the body. */
  firstByteMs: number;
}

export interface ExportRequest {
  url: string;
  token: string;
  headers?: Record<string, string>;
  /** Breaks the connection off when so many bytes have come. */
  breakAfter?: number;
  /** Looks away for so long, in ms, before it reads anything of the body. */
  stall?: number;
}

const newline = 10;
const patienceMs = 120_000;

/** Reads an export over a socket of its own and counts its lines. */
export const readExport = async ({
  url,
  token,
  headers = {},
  breakAfter,
  stall = 0,
}: ExportRequest): Promise<ExportRead> => {
  const began = performance.now();
  const asked = get(url, {
    agent: false,
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: AbortSignal.timeout(patienceMs),
  });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  if (stall > 0) await sleep(stall);
  let [lines, bytes, firstByteMs] = [0, 0, Number.NaN];
  for await (const piece of answer as AsyncIterable<Buffer>) {
    if (bytes === 0) firstByteMs = performance.now() - began;
    const taken = breakAfter === undefined ? piece : piece.subarray(0, breakAfter - bytes);
    bytes += taken.length;
    for (let at = taken.indexOf(newline); at !== -1; at = taken.indexOf(newline, at + 1)) lines += 1;
    // Leaving the loop destroys the answer, and its connection with it.
    if (bytes === breakAfter) break;
  }
  const seconds = (performance.now() - began) / 1000;
  return { status: answer.statusCode ?? 0, headers: answer.headers, lines, bytes, seconds, firstByteMs };
};
