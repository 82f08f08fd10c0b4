import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Command } from 'commander';
import { importContributions, noneYet, type Told } from './import.ts';
import { sheet } from './output.ts';
import { sessionOf } from './session.ts';

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
      const counts = noneYet();
      const refused: string[] = [];
      const out = results === undefined ? undefined : createWriteStream(results);
      if (out) await once(out, 'open');
      const began = performance.now();
      const rate = () => Math.round(counts.rows / ((performance.now() - began) / 1000));
      const progress = setInterval(() => process.stderr.write(`${counts.rows} rows, ${rate()} a second\n`), 1000);
      const tell = async (told: Told) => {
        if (told.status === 'refused' && refused.length < 20) refused.push(`line ${told.line}: ${told.reason ?? ''}`);
        if (out && !out.write(`${JSON.stringify(told)}\n`)) await once(out, 'drain');
      };
      try {
        await importContributions(file, fcode, { counts, tell });
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
