import { parseArgs } from 'node:util';
import { failToStart } from '@fcode/http';
import { type Bulk, bulk } from './bulk-run.ts';
import type { Latency } from './latency.ts';

const usage =
  'npm run bench:bulk -- [--codes N] [--grants N] [--rows N] [--json]\n' +
  '  --codes   of each grant, and of the export (default: 10000000, the most that a grant has)\n' +
  '  --grants  how many are made (default: 9); the median counts\n' +
  '  --rows    of a file of members (default: 1000000, the most that a file has)\n' +
  '  --json    what was measured, alone, as JSON; how far it is goes to standard error\n' +
  'It takes about a minute, and the file many more. Linux only, where the kernel notes the most memory that a process had.';

/** An engine or a service that hangs must not hang the bench. */
const minutesAtMost = 40;

const given = () => {
  const { values } = parseArgs({
    options: {
      codes: { type: 'string', default: '10000000' },
      grants: { type: 'string', default: '9' },
      rows: { type: 'string', default: '1000000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [codes, grants, rows] = [Number(values.codes), Number(values.grants), Number(values.rows)];
  if (!(Number.isInteger(codes) && codes >= 1000 && codes <= 10_000_000)) {
    throw new Error(`--codes is a whole number from 1000 to 10000000, not ${values.codes}.`);
  }
  if (!(Number.isInteger(grants) && grants >= 1 && grants <= 100)) {
    throw new Error(`--grants is a whole number from 1 to 100, not ${values.grants}.`);
  }
  if (!(Number.isInteger(rows) && rows >= 1 && rows <= 1_000_000)) {
    throw new Error(`--rows is a whole number from 1 to 1000000, not ${values.rows}.`);
  }
  return { ...values, codes, grants, rows };
};

const count = (number: number): string => number.toLocaleString('en');
const took = ({ p50, p99, max, asked }: Latency): string => `${p50} / ${p99} / ${max} ms of ${asked}`;

const told = ({ details, ...found }: Bulk): string[] => {
  const { rss_mb: rss, idle_ms: idle, during_export_ms: during, resumed, csv } = details;
  return [
    `Of a grant of ${count(found.codes)} bearer codes, ` +
      `${details.answers.map(({ what, ms, writes }) => `the ${what} is answered in ${ms} ms with ${writes} writes`).join(', ')}`,
    `(medians; all steps of each: ${details.grants_ms.join(', ')} ms); it writes ${details.writes.join('; ')}.`,
    `Its export has ${count(found.export_codes_per_s)} codes a second, over HTTP, with at most ${found.peak_rss_mb} MB of memory;`,
    `the process had ${rss.before} MB before, ${rss.small_exports} MB with the same codes in exports of a hundredth of the size, ` +
      `and ${rss.stalled_reader} MB with a reader who does not read.`,
    `Meanwhile it answers (half / 99 % / all of them within): /healthz ${took(during.healthz)}, /readyz ${took(during.readyz)};`,
    `with nothing else to do: /healthz ${took(idle.healthz)}, /readyz ${took(idle.readyz)}.`,
    `A file of ${count(csv.rows)} members is taken in ${csv.accept_ms / 1000} s, and each has a code ${csv.done_ms / 1000} s after it was ` +
      `approved: ${count(found.csv_rows_per_s)} rows a second, with at most ${csv.peak_rss_mb} MB (a heap of ${csv.heap_mb}) and ${csv.writes_per_row} writes a row.`,
    `Broken off at byte ${count(resumed.from_byte)} of ${count(resumed.of_bytes)} it goes on after ${resumed.first_byte_ms} ms; ` +
      `both parts have ${count(resumed.lines_in_all)} lines.`,
  ];
};

try {
  const { codes, grants, rows, json, help } = given();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (help) say(usage);
  else {
    // Who started a process takes it along.
    setTimeout(
      () => failToStart(new Error(`Not done after ${minutesAtMost} minutes.`)),
      minutesAtMost * 60_000,
    ).unref();
    const found = await bulk({ codes, grants, rows, progress: (line) => process.stderr.write(`  ${line}\n`) });
    if (json) say(JSON.stringify(found));
    else for (const line of told(found)) say(line);
  }
} catch (error) {
  failToStart(
    (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? `${(error as Error).message}\n${usage}` : error,
  );
}
