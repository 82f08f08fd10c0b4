import { FcodeProblem } from '@fcode/client';
import type { Command } from 'commander';
import { printable } from './output.ts';
import { withFigures } from './refusal.ts';

/** Something that is wrong here, and not at the system; the message says what to do. */
export class Advice extends Error {}

/** What the user gave to the command: its arguments and options by name. */
export type Given = Record<string, string | undefined>;

export const givenTo = (command: Command): Given => {
  const named = command.registeredArguments.map((argument, at) => [argument.name(), command.args[at]]);
  const options = Object.entries(command.opts<Record<string, unknown>>()).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
  );
  return Object.fromEntries([...options, ...named]) as Given;
};

/** As a shell reads it back. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

const signing = ({ sku, shop }: Given): string =>
  // Of all verbs, only those of a checkout are about one product.
  `npx fcode token --role ${sku === undefined ? 'ops' : 'checkout'} --subject ${quoted(shop ?? 'me')}`;
const listing = () => 'See what there is: npx fcode campaign list';
/** What to do about the campaign: of a code, it is not known here, and its history says it. */
const aboutCampaign =
  (lead: string, verb: string, options = '') =>
  ({ campaign, code }: Given): string => {
    if (campaign !== undefined) return `${lead}: npx fcode campaign ${verb} ${quoted(campaign)}${options}`;
    return code === undefined ? listing() : `See of which campaign it is: npx fcode code history ${quoted(code)}`;
  };
const showing = aboutCampaign('See how it stands', 'show');
const counting = aboutCampaign('See how many are left', 'show');
const grants =
  (lead: string) =>
  ({ campaign }: Given): string =>
    campaign === undefined ? listing() : `${lead}: npx fcode grant list --campaign ${quoted(campaign)}`;
const story =
  (lead: string) =>
  ({ code }: Given): string | undefined =>
    code === undefined ? undefined : `${lead}: npx fcode code history ${quoted(code)}`;
const later = () => 'Try again in a moment.';

/** What to do next, by the word of the problem. */
const next: Record<string, (given: Given) => string | undefined> = {
  unauthenticated: (given) => `Give a good token with --token or FCODE_TOKEN; for this machine: ${signing(given)}`,
  forbidden: (given) => `Use a token that has it: --token "$(${signing(given)})"`,
  not_found: ({ code }) =>
    code === undefined
      ? 'Check --url or FCODE_URL.'
      : 'Check how it is typed: as it is printed, or as batch.index, such as 12.7.',
  campaign_not_found: listing,
  campaign_not_draft: showing,
  changed_meanwhile: aboutCampaign('See what it is now', 'show', ' --json'),
  campaign_not_published: showing,
  campaign_not_paused: showing,
  no_waitlist: showing,
  campaign_paused: aboutCampaign('Let it go on', 'resume', ' --reason "…"'),
  quota_exceeded: counting,
  sold_out: counting,
  batch_not_found: grants('See what there is'),
  batch_not_exportable: grants('See which batches are grants'),
  code_not_usable: story('See why'),
  already_redeemed: story('See when'),
  unavailable: later,
  outcome_unknown: later,
};

/** What is wrong, and its word. Where nothing is at an address, the detail alone says what is missing. */
const wrong = ({ word, title, detail, reasons }: FcodeProblem): string => {
  const said = word === 'not_found' && detail !== undefined ? detail : withFigures(title, reasons);
  return [said, said === detail ? undefined : detail, `(${word})`].filter(Boolean).join(' ');
};

const misfit = ({ in: part, pointer, detail }: FcodeProblem['errors'][number]): string =>
  `${part} ${pointer}: ${/received undefined$|^Required\.$/.test(detail) ? 'required' : detail}`;

const codeOf = (error: Error): string | undefined => (error.cause as { code?: string } | undefined)?.code;

/** An error as one line for a person: what is wrong, then what to do next. */
export const adviceOn = (error: unknown, url: string, given: Given = {}): string => {
  if (error instanceof FcodeProblem) {
    const { errors, word, status, instance } = error;
    const quote = status === 500 && instance !== undefined ? `Quote the request id ${instance}.` : undefined;
    return printable(
      [wrong(error), errors.map(misfit).join('; '), next[word]?.(given) ?? quote].filter(Boolean).join(' '),
    );
  }
  if (!(error instanceof Error)) return printable(String(error));
  if (codeOf(error) === 'ECONNREFUSED') {
    return `Nothing answers at ${url}. Start it with npm start, or name another place with --url or FCODE_URL.`;
  }
  if (error.name === 'TimeoutError') return `${url} took too long to answer. Try again in a moment.`;
  if (error instanceof TypeError && error.message === 'fetch failed') {
    return printable(`${url} cannot be reached (${codeOf(error) ?? error.message}). Check --url or FCODE_URL.`);
  }
  return printable(error.message);
};
