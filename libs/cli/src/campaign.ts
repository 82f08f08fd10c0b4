import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Campaign, CampaignDefinition, CampaignPreview, CampaignQuery, CampaignReceipt } from '@fcode/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Advice } from './advice.ts';
import { waitlistCommand } from './campaign-waitlist.ts';
import { onceOption, sendOnce } from './once.ts';
import { instant, sheet, table } from './output.ts';
import { count, countOrNone, each, share, when, whenOrAfter } from './parse.ts';
import { prepareCommand } from './prepare.ts';
import { sessionOf } from './session.ts';

interface CreateOptions {
  file?: string;
  name?: string;
  sku?: string[];
  starts?: string | number;
  ends?: string | number;
  quota?: number;
  allot?: [string, number][];
  rule?: Rules;
  dayLimit?: number;
  timeZone?: string;
  region?: string[];
  eligible?: string;
  buyerLimit?: number;
  orderLimit?: number;
  holdSeconds?: number;
  transferLimit?: number;
  transferSeconds?: number;
  waitlist?: number;
  idempotencyKey?: string;
}

const definitionIn = async (file: string): Promise<CampaignDefinition> => {
  const json = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: Error) => {
    throw new Advice(`The definition cannot be read: ${error.message}`);
  });
  try {
    return JSON.parse(json) as CampaignDefinition;
  } catch (error) {
    throw new Advice(`${file} is not JSON: ${(error as Error).message}`);
  }
};

/** Of a campaign as `campaign show --json` writes it, what is no part of its definition. */
const shownBesides = ['campaignId', 'phase', 'createdAt', 'revision', 'batch', 'left', 'returned'] as const;

/** A definition in a file, and the revision that it was made from, where the file says it. */
const editedIn = async (file: string): Promise<{ definition: CampaignDefinition; revision: number | undefined }> => {
  const filed: CampaignDefinition & { revision?: unknown } = await definitionIn(file);
  const definition = Object.fromEntries(
    Object.entries(filed).filter(([field]) => !shownBesides.some((besides) => besides === field)),
  ) as CampaignDefinition;
  return { definition, revision: typeof filed.revision === 'number' ? filed.revision : undefined };
};

/** An instant that may be given as milliseconds after another. */
const instantOf = (given: string | number | undefined, from: number): string | undefined =>
  typeof given === 'number' ? new Date(from + given).toISOString() : given;

/** The flags as a definition; each flag stands over what the file says. The system checks what is in it. */
const definitionOf = async ({
  file,
  name,
  sku,
  starts,
  ends,
  quota,
  allot,
  rule,
  dayLimit,
  timeZone,
  region,
  eligible,
  buyerLimit,
  orderLimit,
  holdSeconds,
  transferLimit,
  transferSeconds,
  waitlist,
}: CreateOptions) => {
  const filed: Partial<CampaignDefinition> = file === undefined ? {} : await definitionIn(file);
  const now = Date.now();
  const startsAt = instantOf(starts, now);
  const flags = {
    name,
    skus: sku,
    startsAt,
    endsAt: instantOf(ends, Date.parse(startsAt ?? filed.startsAt ?? '') || now),
    quota,
    allotment: rule ?? (allot && Object.fromEntries(allot)),
    dayLimit,
    timeZone,
    regions: region,
    eligible,
    buyerLimit,
    orderLimit,
    holdSeconds,
    transferLimit,
    transferSeconds,
    waitlist: waitlist === undefined ? undefined : { offerSeconds: waitlist },
  };
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return { ...filed, ...given } as CampaignDefinition;
};

const tiers = ['angel', 'core', 'loyal', 'fan'] as const;

type Rules = Extract<CampaignDefinition['allotment'], unknown[]>;

/** A rule as it is typed: `codes`, or `codes/places`, a colon, and the condition. */
const ruleIn = (text: string): Rules[number] => {
  const [, codes, places, when] = /^(\d{1,3})(?:\/(\d{1,8}))?:(.*)$/s.exec(text) ?? [];
  if (codes === undefined || when === undefined) {
    throw new InvalidArgumentError(`It must be written as in '2:tier == "core"', or '5/5000:"early" in badges'.`);
  }
  return { when: when.trim(), codes: Number(codes), ...(places === undefined ? {} : { places: Number(places) }) };
};

const allotmentText = (allotment: Campaign['allotment']): string =>
  Array.isArray(allotment)
    ? allotment
        .map(({ when, codes, places, until }) => {
          const reserved = places === undefined ? '' : `, ${places} places${until ? ` until ${instant(until)}` : ''}`;
          return `${codes}${reserved} if ${when}`;
        })
        .join('; ')
    : tiers.flatMap((tier) => (allotment[tier] ? `${tier} ${allotment[tier]}` : [])).join(', ');

const allotted = (text: string): [tier: string, codes: number] => {
  const [name, codes] = share(text);
  if (tiers.some((tier) => tier === name)) return [name, codes];
  throw new InvalidArgumentError(`There is no tier ${name}; there are ${tiers.join(', ')}.`);
};

const receiptLine = ({ campaignId, status }: CampaignReceipt): string => `${campaignId} is ${status}.`;

const campaignSheet = (campaign: Campaign): string =>
  sheet({
    id: campaign.campaignId,
    name: campaign.name,
    phase: campaign.phase,
    skus: campaign.skus.join(', '),
    starts: instant(campaign.startsAt),
    ends: instant(campaign.endsAt),
    quota: campaign.quota,
    left: campaign.left,
    allotment: allotmentText(campaign.allotment),
    'orders if': campaign.eligible,
    regions: campaign.regions?.join(', ') || 'all',
    'time zone': campaign.timeZone,
    'buyer limit': campaign.buyerLimit || 'none',
    'day limit': campaign.dayLimit || 'none',
    'order limit': campaign.orderLimit || 'none',
    'hold seconds': campaign.holdSeconds,
    transfers: campaign.transferLimit === 0 ? 'none' : `${campaign.transferLimit}, for ${campaign.transferSeconds} s`,
    waitlist: campaign.waitlist && `places are kept for ${campaign.waitlist.offerSeconds} s`,
    batch: campaign.batch,
    revision: campaign.phase === 'draft' ? campaign.revision : undefined,
    created: instant(campaign.createdAt),
  });

const previewSheet = ({ members, isWhole, nobody, codes, rules, byTier }: CampaignPreview): string => {
  const about = (count: number): string => (isWhole ? String(count) : `about ${count}`);
  return [
    sheet({ members: about(members), codes: about(codes), 'get none': about(nobody) }),
    '',
    table(
      rules.map(({ rule, places, examples, ...counts }) => ({
        rule,
        ...counts,
        places,
        'such as': examples.map(({ memberId }) => memberId).join(', '),
      })),
      'No rule gives any codes.',
    ),
    '',
    table(byTier, 'There are no tiers.'),
  ].join('\n');
};

const allotOption = (): Option =>
  new Option('--allot <tier=codes...>', `how many a member of a tier may claim: ${tiers.join(', ')}`).argParser(
    each(allotted),
  );
const ruleOption = (): Option =>
  new Option(
    '--rule <codes[/places]:condition...>',
    'instead: how many codes for whom, of places that are reserved for them; each code by the first that fits and has any left',
  )
    .argParser(each(ruleIn))
    .conflicts(['allot']);

const phases = ['draft', 'scheduled', 'open', 'ended', 'paused', 'closed'] as const satisfies CampaignQuery['phase'][];
const orders = ['newest', 'oldest'] as const satisfies CampaignQuery['order'][];

export const campaignCommand = (): Command => {
  const campaign = new Command('campaign').description('Draft, publish, pause and look at campaigns');

  campaign
    .command('create')
    .description('Draft a campaign, from a file, from flags, or from a file with flags over it')
    .option('--file <path>', 'its definition as JSON; - reads standard input')
    .option('--name <name>')
    .option('--sku <sku...>', 'a product that its codes are for')
    .option('--starts <instant>', 'now, from now as in +2h, or as in 2026-12-01T10:00:00Z', whenOrAfter)
    .option('--ends <instant>', 'after the start as in +7d, +12h or +30m, or as in 2026-12-08T10:00:00Z', whenOrAfter)
    .option('--quota <codes>', 'most codes that it hands out', count)
    .addOption(allotOption())
    .addOption(ruleOption())
    .option('--eligible <condition>', 'what must hold of an order, as order.amount >= 10000')
    .option('--region <region...>', 'for members and orders of these alone, as CN or DE-BE')
    .option('--time-zone <zone>', 'in which it is shown, and days are counted, as Asia/Shanghai')
    .option('--day-limit <codes>', 'how many codes one buyer may use on one day; 0 is no limit', countOrNone)
    .option('--buyer-limit <codes>', 'how many codes one buyer may use; 0 is no limit', countOrNone)
    .option('--order-limit <codes>', 'how many codes one order may use; 0 is no limit', countOrNone)
    .option('--hold-seconds <seconds>', 'how long an unpaid order keeps a code', count)
    .option('--transfer-limit <times>', 'how often a code may be passed from member to member; 0 is never', countOrNone)
    .option('--transfer-seconds <seconds>', 'how long a friend may keep a code that was passed on', count)
    .option('--waitlist <seconds>', 'let members wait for places that come back, each of them kept so long', count)
    .addOption(onceOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx fcode campaign create --name "Spring drop" --sku PHONE-1 --starts now --ends +7d \\\n' +
        '    --quota 1000 --allot angel=5 core=3 fan=1',
    )
    .action(async (given: CreateOptions, command: Command) => {
      const { fcode, show } = sessionOf(command);
      if (given.file === undefined && given.name === undefined) {
        command.error("error: a definition is wanted: '--file <path>', or '--name' and the other flags");
      }
      const definition = await definitionOf(given);
      if (definition.allotment === undefined) {
        command.error(
          "error: who may claim how many? give --allot tier=codes, such as '--allot angel=5 fan=1', or --rule",
        );
      }
      const receipt = await sendOnce(given, (request) => fcode.campaigns.create(definition, request));
      show(
        receipt,
        ({ campaignId }) => `${campaignId} is a draft. Publish it: npx fcode campaign publish ${campaignId}`,
      );
    });

  campaign
    .command('edit <campaign> <file.json>')
    .description(
      'Put the definition of a file in the place of a draft’s: as campaign show --json writes it, and then changed; - reads standard input',
    )
    .addOption(onceOption())
    .addHelpText(
      'after',
      '\nExample:\n  npx fcode campaign show CAMPAIGN --json > drop.json\n  npx fcode campaign edit CAMPAIGN drop.json\n' +
        'The file says which revision it was made from: where somebody has edited the draft since, nothing is changed.',
    )
    .action(async (campaignId: string, file: string, given: { idempotencyKey?: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const { definition, revision } = await editedIn(file);
      const read = revision ?? (await fcode.campaigns.get(campaignId)).revision;
      const receipt = await sendOnce(given, (request) => fcode.campaigns.edit(campaignId, definition, read, request));
      show(receipt, ({ revision: now }) =>
        now === read
          ? `${campaignId} is so already.`
          : `${campaignId} is edited. It is a draft still, revision ${now}.`,
      );
    });

  campaign
    .command('preview [campaign]')
    .description(
      'Who would get how many codes, by a campaign that there is, by a file, or by flags; flags stand over both',
    )
    .option('--file <path>', 'a definition as JSON; - reads standard input')
    .addOption(allotOption())
    .addOption(ruleOption())
    .option('--region <region...>', 'where all of them are taken to live: the first, as CN or DE-BE')
    .option('--at <instant>', 'when they claim, as in 2026-12-01T10:00:00Z; now, where it is left out', when)
    .action(async (campaignId: string | undefined, given: CreateOptions & { at?: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const { at } = given;
      const known = campaignId === undefined ? {} : await fcode.campaigns.get(campaignId);
      const { allotment, regions } = { ...known, ...(await definitionOf(given)) };
      if (allotment === undefined) {
        command.error("error: by which allotment? give a campaign, '--file <path>', --allot or --rule");
      }
      const body = { allotment, ...(regions ? { regions } : {}), ...(at === undefined ? {} : { at }) };
      show(await fcode.campaigns.preview(body), previewSheet);
    });

  campaign
    .command('publish <campaign>')
    .description('Its terms stand from now on, and its codes can be claimed in the window')
    .action(async (campaignId: string, _: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.campaigns.publish(campaignId), receiptLine);
    });

  campaign.addCommand(prepareCommand());

  const switches = {
    pause: 'Stop claims at once, and checkouts before it answers; what is held can still be paid',
    resume: 'Let a paused campaign go on',
    close: 'End a campaign for good',
  };
  for (const verb of ['pause', 'resume', 'close'] as const) {
    campaign
      .command(`${verb} <campaign>`)
      .description(switches[verb])
      .requiredOption('--reason <text>', 'why; it is kept')
      .action(async (campaignId: string, { reason }: { reason: string }, command: Command) => {
        const { fcode, show } = sessionOf(command);
        const receipt = await fcode.campaigns[verb](campaignId, reason);
        // Claims are stopped by now, at once; that no checkout goes on is known when checkout has said so.
        if (verb !== 'close') await fcode.checkout[verb](campaignId, reason);
        show(receipt, receiptLine);
      });
  }

  campaign
    .command('kill <campaign>')
    .description('Let nothing of it be bought with a code any more, held or not, for good: for a leak, or fraud')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async (campaignId: string, { reason }: { reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const killed = await fcode.checkout.kill(campaignId, reason);
      await fcode.campaigns.close(campaignId, reason);
      show(
        killed,
        () => `${campaignId} is killed: no checkout takes its codes any more, nor payments for what they hold.`,
      );
    });

  campaign
    .command('list')
    .description('All campaigns, newest first')
    .addOption(new Option('--phase <phase>', 'those of one phase').choices(phases))
    .addOption(new Option('--order <order>', 'which come first').choices(orders))
    .action(async (wanted: CampaignQuery, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await Array.fromAsync(fcode.campaigns.list(wanted)), (campaigns) =>
        table(
          campaigns.map(({ campaignId, phase, startsAt, endsAt, quota, name }) => ({
            campaign: campaignId,
            phase,
            starts: instant(startsAt),
            ends: instant(endsAt),
            quota,
            name,
          })),
          wanted.phase === undefined
            ? 'There is no campaign yet. Draft one: npx fcode campaign create --help'
            : `There is no campaign that is ${wanted.phase}.`,
        ),
      );
    });

  campaign
    .command('show <campaign>')
    .description('One campaign, and how many codes are left')
    .action(async (campaignId: string, _: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.campaigns.get(campaignId), campaignSheet);
    });

  campaign.addCommand(waitlistCommand());

  campaign
    .command('funnel <campaign>')
    .description('From invite links to rewards, channel by channel')
    .action(async (campaignId: string, _: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.funnel(campaignId), ({ claimed, granted, bought, bearer, held, redeemed, channels }) =>
        [
          sheet({ claimed, granted, bought, bearer, held, redeemed }),
          '',
          table(
            channels.map(({ channel, links, clicks, referrals, rewards, points }) => ({
              channel,
              links,
              clicks,
              referrals,
              rewards,
              points,
            })),
            'Nobody has shared an invite link of it yet.',
          ),
        ].join('\n'),
      );
    });

  return campaign;
};
