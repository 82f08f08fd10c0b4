import { codeSubject, type Heard } from '@fcode/events';
import { type Family, skewMs } from '../check.ts';
import type { Tables } from '../tables.ts';

/** An entry of redemption's log of terms, as far as it lets codes be taken or stops that. */
type Entry =
  | { kind: 'campaign'; campaignId: string; status: 'published' | 'paused' | 'closed' }
  | { kind: 'stop'; campaignId: string; stop: 'none' | 'paused' | 'killed' }
  | { kind: 'revoked'; batch: number }
  | { kind: 'batch' };

/** What checkout may do with a campaign or a batch from one entry of its terms on, until the next one. */
interface Span {
  /** The entry, and when it was written; epoch ms. */
  version: number;
  at: number;
  status: string;
}

/** Terms as they stand: spans in their order, and how often each stop was made. */
interface Timeline {
  spans: Map<string, Span[]>;
  stops: Map<string, number>;
}

/** An order got a code, or kept it. */
interface Taken {
  id: string;
  code: string;
  campaignId: string;
  batch: number;
  /** Which terms it was decided by, where that is told. */
  version: number | undefined;
  at: number;
  /** Whether checkout must be open for it: what is held may also be paid while it is paused. */
  isNew: boolean;
  /** Ops give it, whatever the campaign's calendar says. */
  byOps: boolean;
}

/**
 * Everybody has re-read the terms two seconds after a stop. Before that, its write may have been under way, and it is the
 * request that tells when a code was taken: some seconds, also where the store stood still for a while.
 */
const gateMs = 12_000;

const stopName = (what: string, stop: string): string => `${what} ${stop}`;
const countIn = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

const timelineOf = async (tables: Tables): Promise<Timeline> => {
  const timeline: Timeline = { spans: new Map(), stops: new Map() };
  const known = new Map<string, { status: string; stop: string }>();
  const add = (name: string, span: Span) => {
    const spans = timeline.spans.get(name) ?? [];
    timeline.spans.set(name, spans);
    spans.push(span);
  };
  for await (const { sk, state, since: at } of tables.partition('redemption', 'terms', 'entry/')) {
    const { entry } = state as unknown as { entry: Entry };
    const version = Number(sk.slice('entry/'.length));
    if (entry.kind === 'revoked') {
      const name = `batch ${entry.batch}`;
      countIn(timeline.stops, stopName(name, 'revoked'));
      add(name, { version, at, status: 'revoked' });
    } else if (entry.kind !== 'batch') {
      const { kind: _, campaignId, ...news } = entry;
      if (entry.kind === 'stop') countIn(timeline.stops, stopName(campaignId, entry.stop));
      const now = { ...(known.get(campaignId) ?? { status: 'published', stop: 'none' }), ...news };
      known.set(campaignId, now);
      // The stricter of what issuance and what ops say.
      const isStopped = now.stop === 'killed' || (now.stop === 'paused' && now.status === 'published');
      add(campaignId, { version, at, status: isStopped ? now.stop : now.status });
    }
  }
  return timeline;
};

/** What had stopped it: by the terms that it was decided by, or by the clock; undefined when nothing had. */
const whyStopped = ({ spans }: Timeline, { campaignId, batch, version, at, isNew, byOps }: Taken) => {
  for (const name of [campaignId, `batch ${batch}`]) {
    const all = spans.get(name) ?? [];
    for (const [position, span] of all.entries()) {
      const { status } = span;
      const isStopped = status === 'killed' || status === 'revoked' || (isNew && !byOps && status !== 'published');
      if (!isStopped) continue;
      const next = all[position + 1] ?? { version: Number.POSITIVE_INFINITY, at: Number.POSITIVE_INFINITY };
      if (version !== undefined && version >= span.version && version < next.version)
        return `${name} was ${status} by terms ${version}, by which it was decided`;
      // Instances' clocks are apart: only what is so by each of them counts.
      const isThen = at > span.at + gateMs + skewMs && at < next.at - gateMs - skewMs;
      if (isThen) return `${name} had been ${status} since ${new Date(span.at).toISOString()}`;
    }
  }
  return undefined;
};

/** Stops of a campaign or a batch: once everybody knows of one, it holds. */
export const stops: Family = (open) => {
  const finding = open(
    'stops',
    'nothing is taken while its campaign is paused, nor bought once that is killed or its batch revoked, from two seconds on',
  );
  let timeline: Timeline = { spans: new Map(), stops: new Map() };
  const told = new Map<string, number>();
  const suspects: Taken[] = [];

  const onTaken = (
    { id, data }: Heard<'code.held' | 'code.hold_extended' | 'code.redeemed'>,
    at: string,
    { isNew, byOps = false, version }: { isNew: boolean; byOps?: boolean; version?: number | undefined },
  ) => {
    finding.looked();
    const { campaignId, batch } = data;
    const taken = { id, code: codeSubject(data), campaignId, batch, version, at: Date.parse(at), isNew, byOps };
    if (whyStopped(timeline, taken) !== undefined) suspects.push(taken);
  };
  const onStop =
    (stop: string) =>
    ({ data }: { data: { campaignId: string; batch?: number } }) =>
      countIn(told, stopName(data.batch === undefined ? data.campaignId : `batch ${data.batch}`, stop));

  return {
    prepare: async (tables) => {
      timeline = await timelineOf(tables);
    },
    events: {
      'code.held': (event) =>
        onTaken(event, event.data.heldAt, { isNew: true, version: event.data.receipt?.termsVersion }),
      'code.hold_extended': (event) => onTaken(event, event.data.extendedAt, { isNew: false }),
      'code.redeemed': (event) => {
        const { redeemedAt, holdId, goodwill, receipt } = event.data;
        const byOps = goodwill !== undefined;
        onTaken(event, redeemedAt, { isNew: holdId === undefined, byOps, version: receipt?.termsVersion });
      },
      'checkout.paused': onStop('paused'),
      'checkout.resumed': onStop('none'),
      'checkout.killed': onStop('killed'),
      'batch.revoked': onStop('revoked'),
    },
    conclude: async ({ tables }) => {
      // What was told or decided since the terms were read is judged by what they are now.
      const isBehind = [...told].some(([name, count]) => count > (timeline.stops.get(name) ?? 0));
      if (suspects.length === 0 && !isBehind) return;
      const now = await timelineOf(tables);
      for (const taken of suspects) {
        const why = whyStopped(now, taken);
        if (why !== undefined) finding.differs(taken.code, `${taken.code} was taken by ${taken.id}, and ${why}`);
      }
      for (const [name, count] of told) {
        const found = now.stops.get(name) ?? 0;
        if (count > found)
          finding.differs(name, `${name} was told ${count} times, and stands ${found} times in the terms`);
      }
    },
  };
};
