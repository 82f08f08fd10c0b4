import { FcodeProblem } from '@fcode/client';
import { printable } from './output.ts';

/** Something that is wrong here, and not at the system; the message says what to do. */
export class Advice extends Error {}

/** What to do next, by the word of the problem. */
const next: Record<string, string> = {
  unauthenticated:
    'Give a good token with --token or FCODE_TOKEN; for this machine: fcode token --role ops --subject me',
  forbidden: 'Use a token that has it: --token "$(fcode token --role ROLE --subject ID)"',
  not_found: 'See what there is: fcode campaign list',
  campaign_not_found: 'See what there is: fcode campaign list',
  campaign_not_draft: 'See how it stands: fcode campaign show ID',
  campaign_not_published: 'See how it stands: fcode campaign show ID',
  campaign_not_paused: 'See how it stands: fcode campaign show ID',
  campaign_paused: 'Let it go on: fcode campaign resume ID --reason …',
  quota_exceeded: 'See how many are left: fcode campaign show ID',
  sold_out: 'See how many are left: fcode campaign show ID',
  batch_not_found: 'See what there is: fcode grant list --campaign ID',
  batch_not_exportable: 'See which batches are grants: fcode grant list --campaign ID',
  code_in_use: 'See by which order: fcode code history CODE',
  already_redeemed: 'See when: fcode code history CODE',
  unavailable: 'Try again in a moment.',
  outcome_unknown: 'Try again in a moment.',
};

const codeOf = (error: Error): string | undefined => (error.cause as { code?: string } | undefined)?.code;

/** An error as one line for a person: what is wrong, then what to do next. */
export const adviceOn = (error: unknown, url: string): string => {
  if (error instanceof FcodeProblem) {
    const { message, errors, word, status, instance } = error;
    const where = errors.map((wrong) => `${wrong.in} ${wrong.pointer}: ${wrong.detail}`);
    const quote = status === 500 && instance !== undefined ? `Quote the request id ${instance}.` : undefined;
    return printable([message, where.join('; '), next[word] ?? quote].filter(Boolean).join(' '));
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
