import type { Buyer, CodeHistory } from '@fcode/client';
import { Command, Option } from 'commander';
import { instant, printable, sheet, table } from './output.ts';
import { withFigures } from './refusal.ts';
import { sessionOf, subjectHere } from './session.ts';
import { timeline } from './timeline.ts';

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

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Where a code comes from, how it is, and what happened to it. */
const historyText = ({ batch, index, campaignId, origin, status, entries }: History): string => {
  const { kind, reason, grantedBy, reference } = origin;
  const head = sheet({
    code: `${batch}.${index}`,
    campaign: campaignId,
    from: typeof reason === 'string' ? `${kind}: ${reason}` : kind,
    'granted by': textIn(grantedBy),
    reference: textIn(reference),
    status,
  });
  return [head, '', timeline(entries, 'Nothing has happened to it yet.')].join('\n');
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
      show(await fcode.history(text), historyText);
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

  code
    .command('canaries')
    .description('Codes that nobody was given and somebody tried: a file of their batch is in wrong hands')
    .action(async (_: object, command: Command) => {
      const { fcode, show } = sessionOf(command);
      show(await Array.fromAsync(fcode.canaryTouches()), (touches) =>
        table(
          touches.map(({ touchedAt, batch, index, verb, shop, orderId, buyer, network, campaignId }) => ({
            touched: instant(touchedAt),
            code: `${batch}.${index}`,
            asked: verb,
            shop,
            order: orderId,
            buyer,
            network,
            campaign: campaignId,
          })),
          'Nobody has tried a code that nobody was given.',
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
