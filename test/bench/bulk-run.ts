import { setTimeout as sleep } from 'node:timers/promises';
import { Tables } from '@fcode/reconcile';
import { type StoreProxy, startStoreProxy, until } from '@fcode/testkit';
import { type Calling, persistently } from '../support/calling.ts';
import { publishDrop } from '../support/drop.ts';
import { startEngines } from '../support/engines.ts';
import { startSystem } from '../support/system.ts';
import { type ExportRead, type ExportRequest, readExport } from './export-reading.ts';
import { type Latency, latencyDuring, quantile } from './latency.ts';
import { peakDuring, residentMb } from './memory.ts';

export interface BulkOptions {
  /** Codes of the large grants, and of their exports. */
  codes: number;
  /** How many of them are made, each in a campaign of its own. */
  grants: number;
  /** Of a file of members, each of whom is granted a code. */
  rows: number;
  progress: (line: string) => void;
}

/** What was measured. Times are ms, memory is MB. */
export interface Bulk {
  codes: number;
  /** How long ops wait for an answer about a grant of `codes` bearer codes: the median of the slowest of its steps (`answers`). */
  grant_ms: number;
  /** Items that one of the steps made issuance write, or try to, until its events were out and the outboxes clear: the most. */
  grant_writes: number;
  /** Rows of a file of members that had their codes in a second, from the last approval to the end. */
  csv_rows_per_s: number;
  /** Rows of a whole export of `codes`, from a process of issuance over HTTP to one that counts them. */
  export_codes_per_s: number;
  /** Resident, of the process of issuance during that export. */
  peak_rss_mb: number;
  details: {
    /** All steps of a grant together, of each that was made; and what they wrote. */
    grants_ms: number[];
    writes: string[];
    /** Its steps: the request, and each approval. The median of the time until it is answered, and what it wrote. */
    answers: { what: string; ms: number; writes: number }[];
    /**
     * Resident at most: before; during as many exports of a hundredth as make `codes` in all; during one of `codes`; while
     * somebody has asked for that and reads nothing.
     */
    rss_mb: { before: number; small_exports: number; one_export: number; stalled_reader: number };
    /** `/healthz` is the process alone, `/readyz` asks the store. */
    idle_ms: { healthz: Latency; readyz: Latency };
    during_export_ms: { healthz: Latency; readyz: Latency };
    /** A file of `rows` members: until it was answered, and until each had a code, by a process with `heap_mb` of heap. */
    csv: {
      rows: number;
      accept_ms: number;
      done_ms: number;
      heap_mb: number;
      peak_rss_mb: number;
      /** Items that a row comes to, its outbox's included, by a file of at most 2,000. */
      writes_per_row: number;
    };
    /** An export that was broken off in the middle, and went on. */
    resumed: { from_byte: number; of_bytes: number; first_byte_ms: number; lines_in_all: number };
  };
}

const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

/** Who asks, and who approves. */
interface Operators {
  ops: Calling;
  others: Calling[];
}

interface Step {
  what: string;
  /** From the question to its answer. */
  ms: number;
}

interface Granted {
  steps: Step[];
  /** Of its export. */
  path: string;
}

/** `around` each of its steps; what is done there is none of its time. */
const grantBearer = async (
  { ops, others }: Operators,
  url: string,
  campaignId: string,
  codes: number,
  around: (what: string, step: () => Promise<void>) => Promise<void> = (_, step) => step(),
): Promise<Granted> => {
  const campaign = `/v1/campaigns/${campaignId}`;
  const steps: Step[] = [];
  let [grantId, status] = ['', ''];
  const take = (what: string, by: Calling, path: string, body: object) =>
    around(what, async () => {
      const began = performance.now();
      const answer = await by(url, 'POST', path, body);
      steps.push({ what, ms: performance.now() - began });
      if (answer.status >= 300) throw new Error(`The ${what} was answered by ${answer.status}: ${answer.text}`);
      [grantId, status] = [String(answer.body.grantId), String(answer.body.status)];
    });
  const wish = { to: { bearer: codes }, reason: 'bench', reference: 'BULK' };
  await take('request', ops, `${campaign}/grants`, wish);
  for (const [nth, other] of others.entries()) {
    if (status !== 'waiting') break;
    await take(`approval ${nth + 1}`, other, `${campaign}/grants/${grantId}/approve`, {});
  }
  if (status !== 'done') throw new Error(`The grant is ${status}.`);
  const { body } = await ops(url, 'GET', `${campaign}/grants/${grantId}`);
  return { steps, path: `${campaign}/batches/${String(body.batch)}/codes.csv` };
};

const inAll = ({ steps }: Granted): number => steps.reduce((sum, { ms }) => sum + ms, 0);

/** Names of the items that a call writes, or would; what a transaction only checks is none. */
const writesIn = ({ operation, body }: StoreProxy['calls'][number]): string[] => {
  interface Write {
    Item?: Record<string, { S?: string }>;
    Key?: Record<string, { S?: string }>;
  }
  const request = JSON.parse(body) as Write & {
    Statements?: { Statement: string; Parameters?: { S?: string }[] }[];
    TransactItems?: { Put?: Write; Update?: Write; Delete?: Write }[];
  };
  const nameOf = ({ Item, Key }: Write) => `${(Item ?? Key)?.pk?.S} / ${(Item ?? Key)?.sk?.S}`;
  switch (operation) {
    case 'BatchExecuteStatement':
      return (request.Statements ?? []).flatMap(({ Statement, Parameters = [] }) => {
        if (/^\s*SELECT/i.test(Statement)) return [];
        const texts = Parameters.flatMap(({ S }) => (S === undefined ? [] : [S]));
        // The keys come first in an INSERT, and last in the guard of an UPDATE.
        return [(/^\s*INSERT/i.test(Statement) ? texts.slice(0, 2) : texts.slice(-2)).join(' / ')];
      });
    case 'TransactWriteItems':
      return (request.TransactItems ?? []).flatMap(({ Put, Update, Delete }) => {
        const item = Put ?? Update ?? Delete;
        return item ? [nameOf(item)] : [];
      });
    default:
      return ['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation) ? [nameOf(request)] : [];
  }
};

const quietMs = 1000;

/** Names of what is written through a proxy from now on, besides what its process writes while nobody asks anything of it. */
const watchWrites = async (proxy: StoreProxy, tables: Tables) => {
  await sleep(quietMs);
  const always = new Set(proxy.calls.flatMap(writesIn));
  const since = (call: number) =>
    proxy.calls
      .slice(call)
      .flatMap(writesIn)
      .filter((name) => !always.has(name));
  return {
    /** What `work` makes a process write, at once and until it is quiet: its events are out, and its outbox is cleared. */
    during: async (work: () => Promise<unknown>): Promise<string[]> => {
      const before = proxy.calls.length;
      await work();
      let [seen, at] = [-1, 0];
      const isQuiet = async (): Promise<boolean> => {
        const { length } = since(before);
        if (length !== seen || (await tables.unpublished()) > 0) [seen, at] = [length, performance.now()];
        return performance.now() - at > quietMs;
      };
      await until(isQuiet, 'the outboxes to be cleared', 30);
      return since(before);
    },
  };
};

/** Of the process that reads a file and grants its rows; a file of a million rows is 11 MB, and as records a hundred times that. */
const heapMb = 256;

/** A file of members, as it is sent: never all of it in memory. */
const membersCsv = (rows: number): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  let row = 0;
  return new ReadableStream({
    pull(controller) {
      if (row >= rows) return controller.close();
      const lines = Array.from({ length: Math.min(5000, rows - row) }, () => {
        row += 1;
        return `m_${row},1\n`;
      });
      controller.enqueue(encoder.encode(lines.join('')));
    },
  });
};

/** Until the file is kept, and until each row has its code. */
const grantFile = async (
  { ops, others, token }: Operators & { token: string },
  url: string,
  rows: number,
  progress: (line: string) => void,
): Promise<{ accept_ms: number; done_ms: number }> => {
  const campaign = await publishDrop(ops, url, { quota: rows });
  const path = `/v1/campaigns/${campaign}/grants`;
  const began = performance.now();
  const sent = await fetch(`${url}${path}/csv?reason=bench&reference=BULK`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: membersCsv(rows),
    duplex: 'half',
  } as RequestInit);
  const { grantId } = (await sent.json()) as { grantId?: string };
  if (sent.status !== 201) throw new Error(`The file was answered by ${sent.status}.`);
  const accept_ms = round(performance.now() - began);
  for (const other of others) await other(url, 'POST', `${path}/${grantId}/approve`, {});
  const approved = performance.now();
  for (;;) {
    const { body } = await persistently(() => ops(url, 'GET', `${path}/${grantId}`));
    const { percent, secondsLeft } = (body.progress ?? {}) as { percent?: number; secondsLeft?: number };
    if (body.status === 'done') return { accept_ms, done_ms: round(performance.now() - approved) };
    if (body.status !== 'running') throw new Error(`The grant is ${String(body.status)}.`);
    progress(`${percent} % of the rows have their codes${secondsLeft === undefined ? '' : `, ${secondsLeft} s left`}`);
    await sleep(Math.min(10_000, Math.max(250, rows / 50)));
  }
};

/** Starts a system of processes on the embedded store, measures what is done in bulk, and ends it. */
export const bulk = async ({ codes, grants, rows, progress }: BulkOptions): Promise<Bulk> => {
  progress('starting every service as a process on the embedded store');
  const engines = await startEngines();
  const proxy = await startStoreProxy(engines.storeEndpoint);
  const tables = new Tables({ endpoint: engines.storeEndpoint });
  const system = await startSystem({ engines, membership: true, insights: true, referral: [{}] }).catch(
    async (error: unknown) => {
      await proxy.stop();
      await engines.stop();
      throw error;
    },
  );
  try {
    const [issuance] = system.issuance;
    const pid = issuance?.process.pid;
    if (!issuance || pid === undefined) throw new Error('There is no process of issuance.');
    const { url } = issuance;
    const ops = await system.as('ops', 'ops_bench');
    const token = await system.token('ops', 'ops_bench');
    const others = await Promise.all(['ops_two', 'ops_three'].map((name) => system.as('ops', name)));
    const operators = { ops, others };

    const grantAlone = async (size: number) =>
      grantBearer(operators, url, await publishDrop(ops, url, { quota: size }), size);
    progress(`${grants} grants of ${codes} bearer codes`);
    const made: Granted[] = [];
    for (let nth = 0; nth < grants; nth += 1) made.push(await grantAlone(codes));
    const large = made.at(-1) as Granted;
    const few = Math.max(1, Math.round(codes / 100));
    const small = await grantAlone(few);

    const read = (path: string, rest: Partial<ExportRequest> = {}) =>
      readExport({ url: `${url}${path}`, token, ...rest });
    const whole = async (granted: Granted, size: number): Promise<ExportRead> => {
      const found = await read(granted.path);
      if (found.lines !== size + 1) throw new Error(`An export of ${size} codes had ${found.lines} lines.`);
      return found;
    };

    const asked = [`${url}/healthz`, `${url}/readyz`];
    const latency = async (work: () => Promise<unknown>) => {
      const [healthz, readyz] = (await latencyDuring(asked, work)) as [Latency, Latency];
      return { healthz, readyz };
    };
    const idle = await latency(() => sleep(1000));
    const before = residentMb(pid);
    // First, so that the process has had its part of such work when its memory is looked at.
    progress(`an export of ${codes} codes, while the process is asked other things`);
    const duringExport = await latency(() => whole(large, codes));
    progress(`${Math.ceil(codes / few)} exports of ${few} codes`);
    const [smallExports] = await peakDuring(pid, async () => {
      // As many codes in all as the large one has, so that memory differs by the size of the files alone.
      for (let done = 0; done < codes; done += few) await whole(small, few);
    });
    progress(`an export of ${codes} codes, alone`);
    const [oneExport, all] = await peakDuring(pid, () => whole(large, codes));
    progress('another, of somebody who reads nothing for a second');
    const [stalledReader] = await peakDuring(pid, () => read(large.path, { stall: 1000, breakAfter: 1 }));

    progress('another, that is broken off in the middle and goes on');
    const from = Math.floor(all.bytes / 2);
    const half = await read(large.path, { breakAfter: from });
    const rest = await read(large.path, { headers: { range: `bytes=${from}-`, 'if-range': half.headers.etag ?? '' } });
    if (rest.status !== 206 || from + rest.bytes !== all.bytes) throw new Error('An export did not go on.');

    progress('what one grant writes');
    // One process alone, so that it is the one that hears of the batch, too.
    await issuance.stop();
    const watched = await system.add('issuance', { DYNAMODB_ENDPOINT: proxy.endpoint });
    const writing = await watchWrites(proxy, tables);
    let campaignId = '';
    await writing.during(async () => {
      campaignId = await publishDrop(ops, watched.url, { quota: codes });
    });
    const written: { what: string; writes: string[] }[] = [];
    await grantBearer(operators, watched.url, campaignId, codes, async (what, step) => {
      written.push({ what, writes: await writing.during(step) });
    });
    const writes = written.flatMap((one) => one.writes);

    const fewRows = Math.min(rows, 2000);
    progress(`what a file of ${fewRows} members writes`);
    const ofFile = await writing.during(() => grantFile({ ...operators, token }, watched.url, fewRows, progress));

    // Last: what a million rows leave in the outboxes is cleared in idle moments.
    progress(`a file of ${rows} members`);
    await watched.stop();
    // As in a small container: were a file held, or what is made of it, the process would not live to its end.
    const filed = await system.add('issuance', { NODE_OPTIONS: `--max-old-space-size=${heapMb}` });
    const [csvPeak, csv] = await peakDuring(filed.process.pid as number, () =>
      grantFile({ ...operators, token }, filed.url, rows, progress),
    );

    const grantsMs = made.map(inAll);
    const answers = written.map(({ what, writes }, nth) => ({
      what,
      ms: round(
        quantile(
          made.map(({ steps }) => (steps[nth] as Step).ms),
          0.5,
        ),
        1,
      ),
      writes: writes.length,
    }));
    return {
      codes,
      grant_ms: Math.max(...answers.map(({ ms }) => ms)),
      grant_writes: Math.max(...answers.map(({ writes }) => writes)),
      csv_rows_per_s: round(rows / (csv.done_ms / 1000)),
      export_codes_per_s: round(codes / all.seconds),
      peak_rss_mb: oneExport,
      details: {
        grants_ms: grantsMs.map((ms) => round(ms, 1)),
        writes,
        answers,
        rss_mb: { before, small_exports: smallExports, one_export: oneExport, stalled_reader: stalledReader },
        idle_ms: idle,
        during_export_ms: duringExport,
        csv: { rows, ...csv, heap_mb: heapMb, peak_rss_mb: csvPeak, writes_per_row: round(ofFile.length / fewRows, 2) },
        resumed: {
          from_byte: from,
          of_bytes: all.bytes,
          first_byte_ms: round(rest.firstByteMs, 1),
          lines_in_all: half.lines + rest.lines,
        },
      },
    };
  } finally {
    tables.close();
    await system.stop();
    await proxy.stop();
  }
};
