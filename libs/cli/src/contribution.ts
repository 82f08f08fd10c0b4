import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Command } from 'commander';
import { sheet } from './output.ts';
import { type Row, rowsOf } from './rows.ts';
import { sessionOf } from './session.ts';

/** Rows in one request, and requests under way: memory stays flat however long the file is. */
const rowsAtOnce = 200;
const requestsAtOnce = 4;

interface Counts {
  rows: number;
  accepted: number;
  duplicate: number;
  refused: number;
}

export const contributionCommand = (): Command => {
  const contribution = new Command('contribution').description('Tell what members did for the product');

  contribution
    .command('import')
    .description(
      'Import a file: CSV with the columns source, source_ref, member_id, kind, occurred_at, or NDJSON of the same. ' +
        'A bad row stops no other; the same file again changes nothing, so an import that broke off is simply run again.',
    )
    .argument('<file>', '.csv, .ndjson or .jsonl')
    .option('--results <file>', 'where to write what became of each row, as NDJSON: line, status, reason')
    .action(async (file: string, { results }: { results?: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const counts: Counts = { rows: 0, accepted: 0, duplicate: 0, refused: 0 };
      const refused: string[] = [];
      const out = results === undefined ? undefined : createWriteStream(results);
      const began = performance.now();
      const rate = () => Math.round(counts.rows / ((performance.now() - began) / 1000));
      const progress = setInterval(() => process.stderr.write(`${counts.rows} rows, ${rate()} a second\n`), 1000);

      const tell = async ({ line }: Row, status: 'accepted' | 'duplicate' | 'refused', reason?: string) => {
        counts.rows += 1;
        counts[status] += 1;
        if (status === 'refused' && refused.length < 20) refused.push(`line ${line}: ${reason ?? ''}`);
        const told = `${JSON.stringify({ line, status, ...(reason === undefined ? {} : { reason }) })}\n`;
        if (out && !out.write(told)) await once(out, 'drain');
      };
      const send = async (rows: Row[]) => {
        const good = rows.filter(({ told }) => told !== undefined);
        const answers = good.length === 0 ? [] : await fcode.contribute(good.map(({ told }) => told));
        for (const row of rows) {
          if (row.told === undefined) await tell(row, 'refused', row.problem);
          else {
            const answer = answers.shift();
            await tell(row, answer?.status ?? 'refused', answer?.reason);
          }
        }
      };

      const underWay = new Set<Promise<void>>();
      let batch: Row[] = [];
      const flush = async () => {
        const rows = batch;
        batch = [];
        const sending: Promise<void> = send(rows).finally(() => underWay.delete(sending));
        underWay.add(sending);
        if (underWay.size >= requestsAtOnce) await Promise.race(underWay);
      };
      try {
        for await (const row of rowsOf(file)) {
          batch.push(row);
          if (batch.length >= rowsAtOnce) await flush();
        }
        if (batch.length > 0) await flush();
        await Promise.all(underWay);
      } finally {
        clearInterval(progress);
        out?.end();
      }
      if (out) await once(out, 'close');
      show({ ...counts, rowsPerSecond: rate() }, (told) => [sheet({ ...told }), ...refused].join('\n'));
      if (counts.refused > 0) process.exitCode = 1;
    });

  return contribution;
};
