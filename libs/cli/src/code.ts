import type { Buyer, CodeHistory } from '@fcode/client';
import { Command, Option } from 'commander';
import { instant, printable, sheet } from './output.ts';
import { sessionOf } from './session.ts';

interface BuyerOptions {
  member?: string;
  email?: string;
  phone?: string;
}

const buyerOf = ({ member, email, phone }: BuyerOptions): Buyer | undefined => {
  if (member !== undefined) return { memberId: member };
  if (email !== undefined) return { email };
  return phone === undefined ? undefined : { phone };
};

const buyerOptions = (command: Command): Command =>
  command
    .addOption(new Option('--member <id>', 'the buyer is a member').conflicts(['email', 'phone']))
    .addOption(new Option('--email <address>', 'the buyer is a guest with this e-mail').conflicts(['phone']))
    .option('--phone <number>', 'the buyer is a guest with this phone, as in +8613800138000');

type History = Omit<CodeHistory, 'cursor'>;

/** What an event says besides the code and the instant that its line begins with, inner fields as fields. */
const factsOf = (data: object, at: string): string[] =>
  Object.entries(data as Record<string, unknown>).flatMap(([name, value]) => {
    if (['batch', 'index', 'campaignId'].includes(name) || value === at) return [];
    return typeof value === 'object' && value !== null ? factsOf(value, at) : [`${name} ${String(value)}`];
  });

/** What happened to a code, a line for each event: when, what, and what it says. */
const timeline = ({ batch, index, campaignId, origin, status, entries }: History): string => {
  const events = entries.map(({ type, at, data }) => ({ at, what: type.replace(/^code\./, ''), data }));
  const width = Math.max(0, ...events.map(({ what }) => what.length));
  const lines = events.map(({ at, what, data }) =>
    printable(`${instant(at)}  ${what.padEnd(width)}  ${factsOf(data, at).join(', ')}`).trimEnd(),
  );
  const from = typeof origin.reason === 'string' ? `${origin.kind}: ${origin.reason}` : origin.kind;
  const head = sheet({ code: `${batch}.${index}`, campaign: campaignId, from, status });
  return [head, '', ...(lines.length > 0 ? lines : ['Nothing has happened to it yet.'])].join('\n');
};

export const codeCommand = (): Command => {
  const code = new Command('code').description('Look codes up, and redeem them as a checkout');

  buyerOptions(
    code
      .command('check <code>')
      .description('Ask whether a checkout would get this code; changes nothing. Exits with 1 when it would not')
      .requiredOption('--sku <sku>', 'the product')
      .option('--order <id>', 'the order, when it is known'),
  ).action(async (text: string, given: { sku: string; order?: string } & BuyerOptions, command: Command) => {
    const { fcode, show } = sessionOf(command, 'checkout');
    const buyer = buyerOf(given);
    const answer = await fcode.check({
      code: text,
      sku: given.sku,
      ...(given.order === undefined ? {} : { orderId: given.order }),
      ...(buyer === undefined ? {} : { buyer }),
    });
    show(answer, ({ outcome, campaignId, refusal, title }) =>
      outcome === 'accepted' ? `Good for ${given.sku} in ${campaignId}.` : printable(`${title} (${refusal})`),
    );
    if (answer.outcome === 'refused') process.exitCode = 1;
  });

  code
    .command('history <code>')
    .description('What happened to a code; name it as printed, or by batch.index')
    .action(async (text: string, _: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.history(text), timeline);
    });

  buyerOptions(
    code
      .command('redeem <code>')
      .description('Redeem a code for an order that is paid')
      .requiredOption('--order <id>', "the order's id at the shop that the token names")
      .requiredOption('--sku <sku>', 'the product'),
  ).action(async (text: string, given: { sku: string; order: string } & BuyerOptions, command: Command) => {
    const { fcode, show } = sessionOf(command, 'checkout');
    const buyer = buyerOf(given);
    if (!buyer) command.error("error: who buys? '--member <id>', '--email <address>' or '--phone <number>'");
    const redeemed = await fcode.redeem({ code: text, orderId: given.order, sku: given.sku, buyer });
    show(
      redeemed,
      ({ orderId, redeemedAt }) => `Order ${printable(orderId)} owns the code since ${instant(redeemedAt)}.`,
    );
  });

  return code;
};
