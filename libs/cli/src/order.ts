import { Command, Option } from 'commander';
import { count } from './parse.ts';
import { sessionOf } from './session.ts';
import { firstOf, moreThan, timelineOfMany } from './timeline.ts';

/** Which come first in a history, and how many of them. */
export interface Wanted {
  order: 'newest' | 'oldest';
  limit: number;
}

export const historyOptions = (command: Command): Command =>
  command
    .addOption(new Option('--order <order>', 'which come first').choices(['newest', 'oldest']).default('newest'))
    .addOption(new Option('--limit <entries>', 'this many at most').argParser(count).default(50));

export const orderCommand = (): Command => {
  const order = new Command('order').description('Look orders up');

  historyOptions(
    order
      .command('history <id>')
      .description('What happened to the orders of this id: holds, purchase, refunds, and what it earned whom')
      .option('--of <shop>', 'of this shop alone'),
  ).action(async (id: string, { of, order: first, limit }: Wanted & { of?: string }, command: Command) => {
    const { fcode, show } = sessionOf(command);
    const wanted = { order: first, ...(of === undefined ? {} : { shop: of }) };
    const { items, isMore } = await firstOf(fcode.orderHistory(id, wanted), limit);
    show(items, () =>
      [timelineOfMany(items, 'No order of this id is known.'), ...(isMore ? [moreThan] : [])].join('\n'),
    );
  });

  return order;
};
