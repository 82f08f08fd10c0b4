import { createWriteStream, openAsBlob } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GrantBody, GrantJob } from '@fcode/client';
import { Command, Option } from 'commander';
import { Advice } from './advice.ts';
import { onceOption, sendOnce } from './once.ts';
import { instant, sheet, table } from './output.ts';
import { count, each, share } from './parse.ts';
import { sessionOf } from './session.ts';

interface GrantOptions {
  campaign: string;
  bearer?: number;
  canaries?: number;
  member?: [string, number][];
  members?: string;
  name?: string;
  uses?: number;
  perBuyer?: number;
  reason: string;
  reference?: string;
  idempotencyKey?: string;
}

const membersIn = async (file: string): Promise<[string, number][]> => {
  const csv = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Advice(`The members cannot be read: ${error.message}`);
  });
  return csv
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line, number }) => line !== '' && !(number === 1 && line.startsWith('member_id,')))
    .map(({ line, number }) => {
      const [, memberId, codes] = /^([^",]+),\s*(\d{1,9})$/.exec(line) ?? [];
      if (memberId === undefined) throw new Advice(`${file}, line ${number}: it must be written as member_id,codes`);
      return [memberId, Number(codes)];
    });
};

const granteesOf = async (options: GrantOptions): Promise<GrantBody['to']> => {
  const { bearer, canaries, member, members, name, uses, perBuyer } = options;
  if (name !== undefined) {
    if (uses === undefined) throw new Advice("How often may it be used in all? '--uses <times>'");
    return { name, uses, ...(perBuyer === undefined ? {} : { perBuyer }) };
  }
  if (bearer !== undefined) return { bearer, ...(canaries === undefined ? {} : { canaries }) };
  const shares = member ?? (await membersIn(members ?? ''));
  if (shares.length === 0) throw new Advice(`${members} names no member.`);
  if (shares.length > 1000) {
    throw new Advice(`One grant may name 1,000 members, and here are ${shares.length}: split the file.`);
  }
  return { members: shares.map(([memberId, codes]) => ({ memberId, codes })) };
};

/** Read while it is sent, and not before. */
const fileOf = async (file: string): Promise<Blob> => {
  try {
    return await openAsBlob(file);
  } catch (error) {
    throw new Advice(`${file} cannot be read: ${(error as Error).message}`);
  }
};

const progressLine = ({ progress }: GrantJob): string =>
  progress === undefined
    ? ''
    : `${progress.percent} %: ${progress.done} of ${progress.rows} rows, ${progress.rowsPerSecond} a second` +
      (progress.secondsLeft === undefined ? '' : `, ${progress.secondsLeft} s left`);

const jobSheet = (job: GrantJob): string => {
  const { file, quota, approvals } = job;
  return sheet({
    grant: job.grantId,
    status: job.status,
    to: job.to,
    codes: job.codes,
    rows: file && (file.invalid === 0 ? file.rows : `${file.rows}, ${file.invalid} of which are none`),
    members: file?.members,
    tiers:
      file &&
      Object.entries(file.tiers.byTier)
        .map(([tier, members]) => `${tier} ${Math.round((100 * members) / file.tiers.sampled)} %`)
        .join(', '),
    'granted before':
      file && (file.overlap.members === 0 ? 'none' : `${file.overlap.members} by ${file.overlap.grants} grants`),
    quota: quota && `${Math.round(1000 * quota.share) / 10} % of the ${quota.left} codes that are left`,
    approvals: `${approvals.length} of ${job.needed}${approvals.map(({ by }) => `, ${by}`).join('')}`,
    progress: progressLine(job) || undefined,
    batch: job.batch,
    by: job.by,
    reference: job.reference,
    reason: job.reason,
  });
};

export const grantCommand = (): Command => {
  const grant = new Command('grant').description('Grant batches of codes, list and export them');

  const create = grant
    .command('create', { isDefault: true })
    .description('Grant codes to named members, or for whoever bears them; the default: create may be left out')
    .requiredOption('--campaign <id>')
    .addOption(
      new Option('--bearer <codes>', 'this many codes for anybody').argParser(count).conflicts(['member', 'members']),
    )
    .addOption(
      new Option('--canaries <codes>', 'this many more that nobody must be given: who tries one has the file')
        .argParser(count)
        .conflicts(['member', 'members']),
    )
    .addOption(new Option('--member <id=codes...>', 'codes for a member').argParser(each(share)).conflicts(['members']))
    .addOption(
      new Option('--name <NAME>', 'one code by this name, for everybody; with --uses').conflicts([
        'bearer',
        'canaries',
        'member',
        'members',
      ]),
    )
    .addOption(new Option('--uses <times>', 'how often a code by name may be used in all').argParser(count))
    .addOption(new Option('--per-buyer <times>', 'how often by one buyer; no limit when left out').argParser(count))
    .option('--members <file.csv>', 'codes for the members in a file of lines such as m_mia,2')
    .requiredOption('--reason <text>', 'why; it is kept')
    .option('--reference <text>', 'where this grant stands in your books')
    .addOption(onceOption())
    .action(async (given: GrantOptions, command: Command) => {
      const { campaign, bearer, member, members, name, reason, reference } = given;
      const { fcode, show } = sessionOf(command);
      if (bearer === undefined && member === undefined && members === undefined && name === undefined) {
        command.error(
          "error: to whom? '--bearer <codes>', '--member <id=codes>', '--members <file.csv>' or '--name <NAME>'",
        );
      }
      const body = { to: await granteesOf(given), reason, ...(reference === undefined ? {} : { reference }) };
      const granted = await sendOnce(given, (request) => fcode.grant(campaign, body, request));
      show(
        granted,
        ({ batch, codes }) =>
          (name === undefined
            ? `Batch ${batch} has ${codes} codes. Export it: npx fcode grant export --campaign ${campaign} --batch ${batch}`
            : `${name} may be used ${codes} times. How often it was: npx fcode code named ${name}`) +
          (given.idempotencyKey === undefined
            ? '\nRunning this again grants again; with --idempotency-key the same key is the same grant.'
            : ''),
      );
    });

  grant.addHelpText(
    'after',
    () => `
To grant, with or without the word create:

${create.helpInformation()}
Examples:
  npx fcode grant --campaign ID --bearer 500 --reason "Press"
  npx fcode grant --campaign ID --member m_mia=2 m_leo=1 --reason "Contest prize" --reference PR-7
  npx fcode grant --campaign ID --name SPRING-2026 --uses 500 --per-buyer 1 --reason "Partner week"
  npx fcode grant --campaign ID --members members.csv --reason "Contest prize"`,
  );

  const known = (command: Command): Command =>
    command.requiredOption('--campaign <id>').requiredOption('--grant <id>', 'as upload or request answered it');

  grant
    .command('upload <file.csv>')
    .description(
      'Ask for codes for the members of a file, a million rows at most; nothing is given until it is approved',
    )
    .requiredOption('--campaign <id>')
    .requiredOption('--reason <text>', 'why; it is kept')
    .requiredOption('--reference <text>', 'where it stands in your books; the same file again is the same grant')
    .action(async (file: string, given: { campaign: string; reason: string; reference: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const { campaign, reason, reference } = given;
      const csv = await fileOf(file);
      const { grantId } = await fcode.grants.upload(campaign, csv, { reason, reference });
      show(await fcode.grants.get(campaign, grantId), jobSheet);
    });

  known(grant.command('status'))
    .description('A grant that waits for approval, runs or is done; with --wait, until it is done')
    .option('--wait', 'tell how far it is, until it is done')
    .action(async (given: { campaign: string; grant: string; wait?: true }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      let job = await fcode.grants.get(given.campaign, given.grant);
      while (given.wait && job.status === 'running') {
        process.stderr.write(`${progressLine(job)}\n`);
        await sleep(1000);
        job = await fcode.grants.get(given.campaign, given.grant);
      }
      show(job, jobSheet);
    });

  known(grant.command('approve'))
    .description('Approve a grant that somebody else asked for; with the last approval it is made')
    .action(async (given: { campaign: string; grant: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.grants.approve(given.campaign, given.grant), ({ grantId, status }) =>
        status === 'waiting' ? `${grantId} needs one more approval.` : `${grantId} is approved, and ${status}.`,
      );
    });

  known(grant.command('cancel'))
    .description('Cancel a grant that is not under way yet')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async (given: { campaign: string; grant: string; reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(
        await fcode.grants.cancel(given.campaign, given.grant, given.reason),
        ({ grantId }) => `${grantId} is cancelled.`,
      );
    });

  known(grant.command('results'))
    .description('What became of each row of a file, as CSV')
    .action(async (given: { campaign: string; grant: string }, command: Command) => {
      const { fcode } = sessionOf(command);
      const lines = async function* () {
        yield 'row,member_id,codes,result,batch,from\r\n';
        for await (const { row, memberId, codes, result, batch, from } of fcode.grants.rows(
          given.campaign,
          given.grant,
        )) {
          yield `${[row, memberId, codes, result, batch, from].map((field) => field ?? '').join(',')}\r\n`;
        }
      };
      await pipeline(Readable.from(lines()), process.stdout);
    });

  grant
    .command('list')
    .description('The batches of a campaign, newest first')
    .requiredOption('--campaign <id>')
    .action(async ({ campaign }: { campaign: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await Array.fromAsync(fcode.batches(campaign)), (batches) =>
        table(
          batches.map(({ batch, kind, to, size, createdAt, grantedBy, reference, reason }) => ({
            batch,
            kind,
            to,
            // The size of claimable batches is room for indexes; the quota limits claims.
            codes: kind === 'grant' ? size : undefined,
            created: instant(createdAt),
            by: grantedBy,
            reference,
            reason,
          })),
          'There are no batches: the campaign is a draft, or it is not known.',
        ),
      );
    });

  grant
    .command('revoke')
    .description('Take the codes of a batch out of use for good, held or not')
    .requiredOption('--batch <number>', 'its batch', count)
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async ({ batch, reason }: { batch: number; reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.checkout.revokeBatch(batch, reason), () => `No code of batch ${batch} can be used any more.`);
    });

  grant
    .command('export')
    .description('The codes of a grant as CSV. That they were exported is kept')
    .requiredOption('--campaign <id>')
    .requiredOption('--batch <number>', 'its batch', count)
    .option('--out <file>', 'where to write it, readable by you only; standard output when left out')
    .action(async ({ campaign, batch, out }: { campaign: string; batch: number; out?: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      if (out === undefined) {
        await pipeline(Readable.fromWeb(await fcode.exportCodes(campaign, batch)), process.stdout);
        return;
      }
      // Under another name until it is whole: half a file of codes looks like a file of codes. What an export left that broke
      // off goes on, if it is of the same file; its last byte comes again, so that there is always something to come.
      const [part, mark] = [`${out}.part`, `${out}.part.etag`];
      const etag = await readFile(mark, 'utf8').catch(() => '');
      const came =
        etag === ''
          ? 0
          : await stat(part)
              .then(({ size }) => size)
              .catch(() => 0);
      const codes = await fcode.exportCodes(campaign, batch, { from: Math.max(0, came - 1), etag });
      if (codes.from === 0) {
        await rm(part, { force: true });
        await writeFile(mark, codes.etag, { mode: 0o600 });
      }
      const there = codes.from === 0 ? { mode: 0o600 } : { flags: 'r+', start: codes.from };
      await pipeline(Readable.fromWeb(codes), createWriteStream(part, there));
      await rename(part, out);
      await rm(mark);
      show({ campaignId: campaign, batch, file: out }, () => `The codes of batch ${batch} are in ${out}`);
    });

  grant
    .command('canaries')
    .description('Which codes of an exported grant nobody must be given. That they were shown is kept')
    .requiredOption('--campaign <id>')
    .requiredOption('--batch <number>', 'its batch', count)
    .action(async ({ campaign, batch }: { campaign: string; batch: number }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.canaries(campaign, batch), (canaries) =>
        table(
          canaries.map(({ code, index }) => ({ code, index })),
          'This batch has none.',
        ),
      );
    });

  return grant;
};
