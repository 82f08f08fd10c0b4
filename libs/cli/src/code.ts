import type { Buyer, CodeHistory } from '@fcode/client';
import { Command, Option } from 'commander';
import { instant, printable, sheet, table } from './output.ts';
import { withFigures } from './refusal.ts';
import { sessionOf, subjectHere } from './session.ts';

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
    .option('--phone <number>', 'the buyer is a guest with this phone, as in +8613800138000')
    .option('--shop <id>', 'the shop, where the token is signed here; a token that is given names its own')
    .addHelpText('after', () => `\nWithout --token and --shop, this is done as shop ${subjectHere()}.`);

type History = Omit<CodeHistory, 'cursor'>;

/** The fields of events and how people call them, in the order to read them: who and what, then why, then when. */
const labels = new Map([
  ['memberId', 'member'],
  ['how', 'how'],
  ['tier', 'tier'],
  ['allotted', 'allotted'],
  ['claimed', 'claimed'],
  ['orderId', 'order'],
  ['shop', 'shop'],
  ['buyer', 'buyer'],
  ['sku', 'sku'],
  ['holdId', 'hold'],
  ['redemptionId', 'redemption'],
  ['cause', 'cause'],
  ['reason', 'reason'],
  ['heldAt', 'held at'],
  ['holdUntil', 'until'],
  ['redeemedAt', 'redeemed at'],
  ['releasedAt', 'released at'],
  ['lostAt', 'lost at'],
  ['transferId', 'transfer'],
  ['from', 'from'],
  ['to', 'to'],
  ['until', 'until'],
  ['returnId', 'return'],
  ['refunded', 'refunded'],
  ['paid', 'paid'],
  ['currency', 'currency'],
]);
const ranks = [...labels.keys()];
/** A field that is not known here comes after those that are. */
const rankOf = (name: string): number => (labels.has(name) ? ranks.indexOf(name) : ranks.length);

/** What a decision at a checkout rested on is for who looks into one: with --json. */
const kept = new Set(['reasons', 'termsVersion']);

const fieldsIn = (data: object): [name: string, value: unknown][] =>
  Object.entries(data as Record<string, unknown>)
    .filter(([name]) => !kept.has(name))
    .flatMap(([name, value]) => (typeof value === 'object' && value !== null ? fieldsIn(value) : [[name, value]]));

const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);

/** What an event says besides the code and the instant that its line begins with, in one order however it came. */
const factsOf = (data: object, at: string): string[] =>
  fieldsIn(data)
    .filter(([name, value]) => !['batch', 'index', 'campaignId'].includes(name) && value !== at)
    .sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1))
    .map(([name, value]) => `${labels.get(name) ?? name} ${isInstant(value) ? instant(value) : String(value)}`);

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What happened to a code, a line for each event: when, what, and what it says. */
const timeline = ({ batch, index, campaignId, origin, status, entries }: History): string => {
  const events = entries.map(({ type, at, data }) => ({ at, what: type.replace(/^code\./, ''), data }));
  const width = Math.max(0, ...events.map(({ what }) => what.length));
  const lines = events.map(({ at, what, data }) =>
    printable(`${instant(at)}  ${what.padEnd(width)}  ${factsOf(data, at).join(', ')}`).trimEnd(),
  );
  const { kind, reason, grantedBy, reference } = origin;
  const head = sheet({
    code: `${batch}.${index}`,
    campaign: campaignId,
    from: typeof reason === 'string' ? `${kind}: ${reason}` : kind,
    'granted by': textIn(grantedBy),
    reference: textIn(reference),
    status,
  });
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
    const { fcode, show, asShop } = sessionOf(command, 'checkout');
    const buyer = buyerOf(given);
    const answer = await fcode.check({
      code: text,
      sku: given.sku,
      ...(given.order === undefined ? {} : { orderId: given.order }),
      ...(buyer === undefined ? {} : { buyer }),
    });
    show(answer, ({ outcome, campaignId, refusal, title = '', reasons }) =>
      outcome === 'accepted'
        ? printable(`Good for ${given.sku} in ${campaignId}${asShop}.`)
        : `${withFigures(title, reasons)} (${refusal})${asShop}`,
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
    const { fcode, show, asShop } = sessionOf(command, 'checkout');
    const buyer = buyerOf(given);
    if (!buyer) command.error("error: who buys? '--member <id>', '--email <address>' or '--phone <number>'");
    const redeemed = await fcode.redeem({ code: text, orderId: given.order, sku: given.sku, buyer });
    show(
      redeemed,
      ({ orderId, redeemedAt }) => `Order ${printable(orderId)} owns the code since ${instant(redeemedAt)}${asShop}.`,
    );
  });

  code
    .command('named <name>')
    .description('A code by name: of which campaign and batch it is, and how often it is used')
    .action(async (text: string, _: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.checkout.named(text), ({ name, batch, campaignId, uses, perBuyer, held, redeemed, isRevoked }) =>
        sheet({
          name,
          campaign: campaignId,
          batch: `${batch}${isRevoked ? ', revoked' : ''}`,
          'uses in all': uses,
          'by one buyer': perBuyer === 0 ? 'no limit' : perBuyer,
          redeemed,
          held,
          left: uses - held - redeemed,
        }),
      );
    });

  code
    .command('revoke <code>')
    .description('Take a code out of use for good; name it as printed, or by batch.index')
    .requiredOption('--reason <text>', 'why; it is kept')
    .action(async (text: string, { reason }: { reason: string }, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await fcode.checkout.revokeCode(text, reason), ({ batch, index }) => `Code ${batch}.${index} is revoked.`);
    });

  code
    .command('lost')
    .description('Paid orders that came too late for their code: make them good, or refund them')
    .action(async (_: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await Array.fromAsync(fcode.checkout.lostHolds()), (holds) =>
        table(
          holds.map(({ lostAt, shop, orderId, holdId, cause, campaignId, madeGoodAt }) => ({
            lost: instant(lostAt),
            shop,
            order: orderId,
            hold: holdId,
            cause,
            campaign: campaignId,
            'made good': madeGoodAt && instant(madeGoodAt),
          })),
          'No paid order has lost its code.',
        ),
      );
    });

  buyerOptions(
    code
      .command('reissue <code>')
      .description('Give a code of a grant to a paid order that lost its hold, as goodwill')
      .requiredOption('--hold <id>', 'the hold that it lost')
      .requiredOption('--order <id>', "the order's id at its shop")
      .requiredOption('--sku <sku>', 'the product')
      .requiredOption('--reason <text>', 'why; it is kept'),
  ).action(
    async (
      text: string,
      given: { hold: string; order: string; sku: string; reason: string; shop?: string } & BuyerOptions,
      command: Command,
    ) => {
      const buyer = buyerOf(given);
      if (!buyer) command.error("error: who buys? '--member <id>', '--email <address>' or '--phone <number>'");
      if (given.shop === undefined) command.error("error: whose order is it? '--shop <id>'");
      const { fcode, show } = sessionOf(command);
      const { hold: holdId, order: orderId, sku, reason, shop } = given;
      show(await fcode.checkout.reissue({ holdId, orderId, shop, sku, reason, buyer, code: text }), ({ redeemedAt }) =>
        printable(`Order ${orderId} of ${shop} owns the code since ${instant(redeemedAt)}.`),
      );
    },
  );

  return code;
};
