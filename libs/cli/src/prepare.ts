import type { CampaignPreparation } from '@fcode/client';
import type { Warmed, WarmTable } from '@fcode/infra/warm';
import { Command } from 'commander';
import { Advice } from './advice.ts';
import { onceOption, sendOnce } from './once.ts';
import { table } from './output.ts';
import { count, countOrNone } from './parse.ts';
import { sessionOf } from './session.ts';
import { withTables } from './store.ts';

type Service = WarmTable['table'];

/** What the store has, and what was done about it. */
interface There {
  tables: WarmTable[];
  /** Over how many shards the indexes of each table are spread at the most. */
  indexShards: Record<Service, number>;
  warmed?: Record<Service, Warmed>;
}

interface PrepareOptions {
  claims: number;
  orders: number;
  apply?: boolean;
  wait: number;
  idempotencyKey?: string;
}

interface Prepared extends CampaignPreparation {
  there?: There;
  /** Why it is not known what is there. */
  unknown?: string;
}

type Row = Record<'what' | 'needed' | 'there' | 'to do', string | number | undefined>;

const enough = 'enough';

const lookAt = (
  { plan }: CampaignPreparation,
  { apply, wait }: PrepareOptions,
  progress: (line: string) => void,
): Promise<There> =>
  withTables(async (tables, place) => {
    const { warmTables, warmUp } = await import('@fcode/infra/warm');
    const warmed = apply && (await warmUp({ ...place, plan, waitMs: wait * 1000, progress }));
    const [found, indexShards] = await Promise.all([warmTables(place), tables.indexShards()]);
    return { tables: found, indexShards, ...(warmed ? { warmed } : {}) };
  });

/** A row for each unit of a table that a plan says something about. */
const rowsOf = (plan: CampaignPreparation['plan']['tables'][number], there: There | undefined): Row[] => {
  const found = there?.tables.find((one) => one.table === plan.table);
  const { outbox, due, board } = plan.indexes;
  const { table: has, indexes } = found?.warm ?? {};
  const units: [what: string, needed: number, there: number | undefined][] = [
    ['writes/s', plan.writeUnits, has?.write],
    ['reads/s', plan.readUnits, has?.read],
    ['outbox writes/s', outbox, indexes?.outbox?.write],
    ['due writes/s', due, indexes?.due?.write],
    ['board writes/s', board, indexes?.board?.write],
  ];
  const state = there?.warmed?.[plan.table];
  const raise = state === 'unfinished' ? 'being raised: look again later' : 'raise warm throughput: --apply';
  return units.flatMap(([unit, needed, now]): Row[] => {
    if (needed === 0) return [];
    const todo = now === undefined ? undefined : now >= needed ? (state === 'raised' ? 'raised' : enough) : raise;
    return [{ what: `${plan.table} ${unit}`, needed, there: now, 'to do': todo }];
  });
};

const shardsRow = ({ plan, there }: Prepared): Row => {
  const now = there && Math.min(...Object.values(there.indexShards));
  const set = `FCODE_INDEX_SHARDS=${plan.indexShards} for every service, one process after the other`;
  const todo = now === undefined ? undefined : now >= plan.indexShards ? enough : set;
  return { what: 'index shards', needed: plan.indexShards, there: now, 'to do': todo };
};

const topicRow = ({ topic, partitions, needed }: CampaignPreparation['plan']['topics'][number]): Row => ({
  what: `${topic} partitions`,
  needed,
  there: partitions,
  'to do': partitions >= needed ? enough : 'its next version in topics.ts, or listeners fall behind and catch up',
});

const sheetOf = (prepared: Prepared): string => {
  const { plan, there, unknown } = prepared;
  const rows = [...plan.tables.flatMap((one) => rowsOf(one, there)), shardsRow(prepared), ...plan.topics.map(topicRow)];
  const cold = there?.tables.filter(({ warm }) => !warm) ?? [];
  const provisioned = there?.tables.filter(({ isOnDemand }) => !isOnDemand) ?? [];
  return [
    table(rows, ''),
    ...(unknown === undefined ? [] : ['', `What is there is not known here: ${unknown}`]),
    ...(cold.length > 0 && there
      ? [
          '',
          `This engine does not know warm throughput: ${there.warmed ? 'it was skipped' : 'there is none to be raised'}.`,
        ]
      : []),
    ...(provisioned.length > 0
      ? [
          '',
          `Not billed on demand, so their provisioned units count too: ${provisioned.map(({ name }) => name).join(', ')}.`,
        ]
      : []),
  ].join('\n');
};

export const prepareCommand = (): Command =>
  new Command('prepare')
    .argument('<campaign>')
    .description('Say what is expected of a drop, and see what tables and topics need for it, beside what they have')
    .requiredOption('--claims <number>', 'claims in its busiest second', countOrNone)
    .requiredOption('--orders <number>', 'orders at checkout in its busiest second', countOrNone)
    .option('--apply', 'raise the warm throughput of tables and indexes to what is needed; nothing is ever lowered')
    .option('--wait <seconds>', 'how long to wait for DynamoDB to be done with it', count, 1800)
    .addOption(onceOption())
    .addHelpText(
      'after',
      '\nThe tables are those at DYNAMODB_ENDPOINT, named after FCODE_TABLE_PREFIX; of DynamoDB itself where only the prefix is\n' +
        'named, with AWS_REGION and the usual credentials; else those of the data folder. Warm throughput costs once, when it is raised.',
    )
    .action(async (campaignId: string, given: PrepareOptions, command: Command) => {
      const { fcode, show } = sessionOf(command);
      const peak = { claimsPerSecond: given.claims, ordersPerSecond: given.orders };
      const prepared: Prepared = await sendOnce(given, (once) => fcode.campaigns.prepare(campaignId, peak, once));
      const progress = (line: string) => void process.stderr.write(`${line}\n`);
      try {
        prepared.there = await lookAt(prepared, given, progress);
      } catch (error) {
        // The plan is worth something by itself; what was to be done is not.
        if (given.apply || !(error instanceof Advice)) throw error;
        prepared.unknown = error.message;
      }
      show(prepared, sheetOf);
      if (Object.values(prepared.there?.warmed ?? {}).includes('unfinished')) process.exitCode = 1;
    });
