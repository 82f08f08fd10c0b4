import { ReadableStream } from 'node:stream/web';
import type { AuditEntry } from './audit.ts';

const columns = [
  'at',
  'who',
  'action',
  'subject',
  'campaign_id',
  'reason',
  'reference',
  'before',
  'after',
  'event_id',
  'correlation_id',
];

/**
 * Where a cell begins, here or to a spreadsheet that parts cells otherwise, and a spreadsheet would take what follows for a
 * formula: half-width and full-width signs.
 */
const formula = /^(?=[\t\r\n])|(?<=^|[\t\r\n;|])(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/g;

/** Free text of people: quoted, and never a formula. */
const cell = (text = ''): string => `"${text.replaceAll(formula, "'").replaceAll('"', '""')}"`;

const rowOf = (entry: AuditEntry): string =>
  [
    entry.at,
    entry.who,
    entry.action,
    entry.subject,
    entry.campaignId,
    entry.reason,
    entry.reference,
    entry.before && JSON.stringify(entry.before),
    entry.after && JSON.stringify(entry.after),
    entry.eventId,
    entry.correlationId,
  ]
    .map(cell)
    .join(',');

interface Page {
  items: AuditEntry[];
  cursor?: string;
}

/** Entries as CSV (RFC 4180), page by page, each read when the reader has taken the one before. */
export const csvOf = (first: Page, next: (cursor: string) => Promise<Page>): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  const pages = async function* () {
    yield encoder.encode(`${columns.join(',')}\r\n`);
    for (let page = first; ; page = await next(page.cursor)) {
      if (page.items.length > 0) yield encoder.encode(page.items.map((entry) => `${rowOf(entry)}\r\n`).join(''));
      if (page.cursor === undefined) return;
    }
  };
  return ReadableStream.from(pages());
};
