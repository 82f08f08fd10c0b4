import { createWriteStream, openAsBlob } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Fcode,
  type GrantJob,
  type GrantRequest,
  type GrantRowsQuery,
  resultLine,
  resultsHead,
} from '@fcode/client';
import { Command, Option } from 'commander';
import { Advice } from './advice.ts';
import { orAgain } from './once.ts';
import { instant, sheet, table } from './output.ts';
import { count, each, share } from './parse.ts';
import { sessionOf } from './session.ts';

/** What every wish for a grant comes with. */
interface Asked {
  campaign: string;
  reason: string;
  reference: string;
}

interface GrantOptions extends Asked {
  bearer?: number;
  canaries?: number;
  member?: [string, number][];
  name?: string;
  uses?: number;
  perBuyer?: number;
}

const granteesOf = (options: GrantOptions): GrantRequest['to'] | undefined => {
  const { bearer, canaries, member, name, uses, perBuyer } = options;
  if (name !== undefined) {
    if (uses === undefined) throw new Advice("How often may it be used in all? '--uses <times>'");
    return { name, uses, ...(perBuyer === undefined ? {} : { perBuyer }) };
  }
  if (bearer !== undefined) return { bearer, ...(canaries === undefined ? {} : { canaries }) };
  return member && { members: member.map(([memberId, codes]) => ({ memberId, codes })) };
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

/** How many of its members nobody here has heard of; nothing where it is none of them, or was not looked at. */
const unknownOf = ({ members, tiers }: NonNullable<GrantJob['file']>): string | undefined => {
  const { unknown = 0, sampled } = tiers;
  if (unknown === 0) return undefined;
  const figure = sampled < members ? `about ${Math.round((unknown / sampled) * members)}` : unknown;
  return `${figure} of which were never seen here: mistyped? See: results --result unknown`;
};

const jobSheet = (job: GrantJob): string => {
  const { file, quota, approvals } = job;
  return sheet({
    grant: job.grantId,
    status: job.status,
    to: job.to,
    'those for whom': job.segment,
    codes: job.codes,
    rows: file && (file.invalid === 0 ? file.rows : `${file.rows}, ${file.invalid} of which are none`),
    members: file && [file.members, unknownOf(file)].filter(Boolean).join(', '),
    tiers:
      file &&
      Object.entries(file.tiers.byTier)
        .map(([tier, members]) => `${tier} ${Math.round((100 * members) / file.tiers.sampled)} %`)
        .join(', '),
    'granted before':
      file && (file.overlap.members === 0 ? 'none' : `${file.overlap.members} by ${file.overlap.grants} grants`),
    quota:
      quota &&
      `${Math.round(1000 * quota.share) / 10} % of the ${quota.left} codes that are free for grants${quota.reserved === 0 ? '' : `, ${quota.reserved} more are reserved`}`,
    approvals: `${approvals.length} of ${job.needed}${approvals.map(({ by }) => `, ${by}`).join('')}`,
    progress: progressLine(job) || undefined,
    batch: job.batch,
    exported: job.exported && `${instant(job.exported.at)} by ${job.exported.by}`,
    by: job.by,
    reference: job.reference,
    reason: job.reason,
    cancelled: job.cancelledBy && `by ${job.cancelledBy}`,
    'cancelled because': job.cancelReason,
  });
};

/** What somebody does about the grant as it is now. */
const nextOf = ({ status, campaignId, grantId, batch, codes, named }: GrantJob): string | undefined => {
  const it = `--campaign ${campaignId} --grant ${grantId}`;
  switch (status) {
    case 'waiting':
      return `Somebody else approves it: npx fcode grant approve ${it}`;
    case 'running':
      return `See how far it is: npx fcode grant status ${it} --wait`;
    case 'done':
      return named
        ? `${named.name} may be used ${codes} times. How often it was: npx fcode code named ${named.name}`
        : `Export its codes: npx fcode grant export --campaign ${campaignId} --batch ${batch}`;
    default:
      return undefined;
  }
};

const jobTold = (job: GrantJob): string => [jobSheet(job), nextOf(job)].filter(Boolean).join('\n');

const results = [
  'granted',
  'waiting',
  'cancelled',
  'invalid',
  'unknown',
  'no_member',
  'no_count',
  'too_many_fields',
] as const satisfies GrantRowsQuery['result'][];

export const grantCommand = (): Command => {
  const grant = new Command('grant').description('Ask for grants of codes, approve them; list batches and export them');

  /** A command that asks for a grant; it shows what the grant would be, and what to do next. */
  const asking = <Given extends Asked>(
    command: Command,
    ask: (fcode: Fcode, given: Given) => Promise<{ grantId: string }>,
  ): Command =>
    command
      .requiredOption('--campaign <id>')
      .requiredOption('--reason <text>', 'why; it is kept')
      .requiredOption('--reference <text>', 'where it stands in your books; the same again is the same grant')
      .action(async () => {
        const { fcode, show } = sessionOf(command);
        const given = command.opts<Given>();
        const again = `ask again with --reference ${given.reference}, and it is the same grant.`;
        const { grantId } = await orAgain(ask(fcode, given), again);
        show(await fcode.grants.get(given.campaign, grantId), jobTold);
      });

  const create = grant
    .command('create', { isDefault: true })
    .description(
      'Ask for codes for some members, or for whoever bears them; the default: create may be left out. Nothing is given until it is approved',
    )
    .addOption(new Option('--bearer <codes>', 'this many codes for anybody').argParser(count).conflicts(['member']))
    .addOption(
      new Option('--canaries <codes>', 'this many more that nobody must be given: who tries one has the file')
        .argParser(count)
        .conflicts(['member']),
    )
    .addOption(new Option('--member <id=codes...>', 'codes for a member; for many: upload').argParser(each(share)))
    .addOption(
      new Option('--name <NAME>', 'one code by this name, for everybody; with --uses').conflicts([
        'bearer',
        'canaries',
        'member',
      ]),
    )
    .addOption(new Option('--uses <times>', 'how often a code by name may be used in all').argParser(count))
    .addOption(new Option('--per-buyer <times>', 'how often by one buyer; no limit when left out').argParser(count));
  asking(create, (fcode, given: GrantOptions) => {
    const { campaign, reason, reference } = given;
    const to = granteesOf(given);
    if (!to) return create.error("error: to whom? '--bearer <codes>', '--member <id=codes>' or '--name <NAME>'");
    return fcode.grants.request(campaign, { to, reason, reference });
  });

  const upload = grant
    .command('upload <file.csv>')
    .description('The same for the members of a file: rows such as m_mia,2, a million at most');
  asking(upload, async (fcode, { campaign, reason, reference }: Asked) =>
    fcode.grants.upload(campaign, await fileOf(upload.args[0] as string), { reason, reference }),
  );

  const segment = grant
    .command('segment')
    .description('The same for the members for whom a condition holds when it is asked for, the highest scores first')
    .requiredOption('--when <condition>', 'whom, as tier == "core", or "tester" in badges && score >= 100')
    .requiredOption('--codes <codes>', 'how many each of them gets', count)
    .option('--places <codes>', 'how many in all, at most', count);
  asking(segment, (fcode, given: Asked & { when: string; codes: number; places?: number }) => {
    const { campaign, when, codes, places, reason, reference } = given;
    const to = { segment: when, codes, ...(places === undefined ? {} : { places }) };
    return fcode.grants.request(campaign, { to, reason, reference });
  });

  grant.addHelpText(
    'after',
    () => `
To ask for a grant, with or without the word create:

${create.helpInformation()}
Examples:
  npx fcode grant --campaign ID --bearer 500 --reason "Press" --reference PR-7
  npx fcode grant --campaign ID --member m_mia=2 m_leo=1 --reason "Contest prize" --reference PR-8
  npx fcode grant --campaign ID --name SPRING-2026 --uses 500 --per-buyer 1 --reason "Partner week" --reference MK-12
  npx fcode grant upload members.csv --campaign ID --reason "Contest prize" --reference PR-9
  npx fcode grant segment --campaign ID --when 'tier == "core"' --codes 1 --places 500 --reason "Thanks" --reference PR-10
  npx fcode grant approve --campaign ID --grant GRANT`,
  );

  const known = (command: Command): Command =>
    command.requiredOption('--campaign <id>').requiredOption('--grant <id>', 'as it was shown when it was asked for');

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
      show(job, jobTold);
    });

  known(grant.command('approve'))
    .description('Approve a grant that somebody else asked for; with the last approval it is made')
    .action(async (given: { campaign: string; grant: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const { grantId } = await fcode.grants.approve(given.campaign, given.grant);
      show(await fcode.grants.get(given.campaign, grantId), (job) => {
        const { status, approvals, needed } = job;
        const told =
          status === 'waiting' ? `has ${approvals.length} of ${needed} approvals` : `is approved, and ${status}`;
        return `${grantId} ${told}. ${nextOf(job)}`;
      });
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
    .addOption(
      new Option(
        '--result <result>',
        'rows of one result alone; invalid is all that get no code, unknown those of members who were never seen here',
      ).choices(results),
    )
    .action(async (given: { campaign: string; grant: string } & GrantRowsQuery, command: Command) => {
      const { fcode } = sessionOf(command);
      const { campaign, grant: grantId, ...wanted } = given;
      const lines = async function* () {
        yield resultsHead;
        for await (const row of fcode.grants.rows(campaign, grantId, wanted)) yield resultLine(row);
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
