import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditEntry, AuditQuery } from '@fcode/client';
import { Command, Option } from 'commander';
import { instant, table } from './output.ts';
import { count, when } from './parse.ts';
import { sessionOf } from './session.ts';

interface Range {
  from?: string;
  to?: string;
}

interface Chosen extends Range {
  by?: string;
  action?: NonNullable<AuditQuery['action']>;
  campaign?: string;
}

const queryOf = ({ campaign, ...chosen }: Chosen): AuditQuery => ({
  ...chosen,
  ...(campaign === undefined ? {} : { campaignId: campaign }),
});

const withRange = (command: Command): Command =>
  command
    .addOption(new Option('--from <when>', 'since this instant, or day, or now').argParser(when))
    .addOption(new Option('--to <when>', 'before this instant, or day, or now').argParser(when));

const figure = (value: unknown): string => (Array.isArray(value) ? `[${value.join(' ')}]` : String(value));

/** What something was, in a line: a state alone is told by its word. */
const told = (figures: AuditEntry['before']): string =>
  Object.entries(figures ?? {})
    .sort(([one], [other]) => Number(other === 'state') - Number(one === 'state'))
    .map(([name, value]) => (name === 'state' ? figure(value) : `${name} ${figure(value)}`))
    .join(', ');

const changeOf = ({ before, after }: AuditEntry): string =>
  [told(before), told(after)].filter((text) => text !== '').join(' → ');

export const auditCommand = (): Command => {
  const audit = new Command('audit').description('What ops did: who, what, before and after, why');

  withRange(
    audit.command('list', { isDefault: true }).description('The newest first; the default: list may be left out'),
  )
    .option('--by <operator>', 'by the subject of the token')
    .option('--action <action>', 'such as campaign.paused or code.revoked')
    .option('--campaign <id>', 'what is about this campaign')
    .addOption(new Option('--limit <entries>', 'this many at most').argParser(count).default(50))
    .action(async ({ limit, ...chosen }: Chosen & { limit: number }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const entries: AuditEntry[] = [];
      let isMore = false;
      for await (const entry of fcode.audit.list(queryOf(chosen))) {
        isMore = entries.length === limit;
        if (isMore) break;
        entries.push(entry);
      }
      show(entries, () =>
        [
          table(
            entries.map((entry) => ({
              at: instant(entry.at),
              who: entry.who,
              action: entry.action,
              subject: entry.subject,
              change: changeOf(entry),
              why: [entry.reason, entry.reference && `(${entry.reference})`].filter(Boolean).join(' '),
            })),
            'Nothing that ops did fits.',
          ),
          ...(isMore ? ['There are more: a higher --limit shows them.'] : []),
        ].join('\n'),
      );
    });

  withRange(
    audit
      .command('export')
      .description('All of it as CSV, or what is asked for, the newest first. Who exports it is kept in it'),
  )
    .option('--by <operator>', 'by the subject of the token')
    .option('--action <action>', 'such as campaign.paused or code.revoked')
    .option('--campaign <id>', 'what is about this campaign')
    .option('--out <file>', 'where to write it, readable by you only; standard output when left out')
    .action(async ({ out, ...chosen }: Chosen & { out?: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const rows = Readable.fromWeb(await fcode.audit.export(queryOf(chosen)));
      if (out === undefined) {
        await pipeline(rows, process.stdout);
        return;
      }
      // Under another name until it is whole.
      const part = `${out}.part`;
      await pipeline(rows, createWriteStream(part, { mode: 0o600 }));
      await rename(part, out);
      show({ ...chosen, file: out }, () => `What ops did is in ${out}`);
    });

  return audit;
};
