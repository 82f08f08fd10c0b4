import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { onCluster } from '../support/engines.ts';
import type { Bulk } from './bulk-run.ts';

const main = new URL('./bulk.ts', import.meta.url).pathname;

// How fast it is on a machine that does other things too is no matter of tests; that it is measured is.
it.skipIf(onCluster)(
  'the bench measures grants and exports, and prints what it found as one line of JSON',
  async () => {
    const run = promisify(execFile)(process.execPath, [
      main,
      '--json',
      '--codes',
      '6000',
      '--grants',
      '2',
      '--rows',
      '1500',
    ]);
    const { stdout, stderr } = await run;
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const { details, ...found } = JSON.parse(stdout) as Bulk;
    expect(found).toEqual({
      codes: 6000,
      grant_ms: expect.any(Number),
      grant_writes: expect.any(Number),
      csv_rows_per_s: expect.any(Number),
      export_codes_per_s: expect.any(Number),
      peak_rss_mb: expect.any(Number),
    });
    for (const figure of [
      found.grant_ms,
      found.grant_writes,
      found.csv_rows_per_s,
      found.export_codes_per_s,
      found.peak_rss_mb,
    ]) {
      expect(figure).toBeGreaterThan(0);
    }
    expect(details.answers.map(({ what }) => what)).toEqual(['request', 'approval 1']);
    expect(details.answers.reduce((sum, { writes }) => sum + writes, 0)).toBe(details.writes.length);
    // That a grant is one small write, however many codes, is no matter of the machine.
    expect(found.grant_writes).toBeLessThanOrEqual(5);
    // A row is one item, which is cleared once its events are out; besides, pages of a thousand and the job.
    expect(details.csv.writes_per_row).toBeGreaterThan(1);
    expect(details.csv.writes_per_row).toBeLessThan(2.2);
    expect(details.resumed.lines_in_all).toBe(6001);
    expect(stderr).toContain('grants of 6000 bearer codes');
  },
);
