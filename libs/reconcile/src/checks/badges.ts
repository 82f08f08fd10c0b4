import type { Heard } from '@fcode/events';
import type { Family } from '../check.ts';

/** A badge, and since when, in epoch ms. */
type Award = [badge: string, since: number];

/** What a member had when the item was read, and as told up to then. */
interface Read {
  seq: number;
  inTable: string;
  toldThen?: string;
}

const badgesAtMost = 32;

const inWords = (awards: readonly Award[]): string =>
  awards.map(([badge, since]) => `${badge} since ${new Date(since).toISOString()}`).join(', ') || 'none';
const namesIn = (badges: readonly string[]): string => badges.join('+') || 'none';
const none = inWords([]);

/** What members are recognised by. All events of a member's come from the item that has the badges. */
export const badges: Family = (open) => {
  const finding = open(
    'badges',
    'a member has the badges that were awarded and not withdrawn, each once, and the standing that is told has them',
  );
  const read = new Map<string, Read>();
  const awarded = new Map<string, Award[]>();

  const onStep = (event: Heard<'badge.awarded' | 'badge.withdrawn'>) => {
    const { type, aggregate: name, sequence, data } = event;
    const before = awarded.get(name) ?? [];
    const item = read.get(name);
    if (item && sequence > item.seq) item.toldThen ??= inWords(before);
    const has = before.some(([badge]) => badge === data.badge);
    if (has === (type === 'badge.awarded')) {
      finding.differs(name, `${name} ${has ? 'has' : 'does not have'} ${data.badge}, and then ${type}`);
    }
    const others = before.filter(([badge]) => badge !== data.badge);
    const now: Award[] = type === 'badge.awarded' ? [...others, [data.badge, Date.parse(data.awardedAt)]] : others;
    if (now.length > badgesAtMost) finding.differs(name, `${name} has ${now.length} badges of ${badgesAtMost}`);
    awarded.set(name, now);
  };

  return {
    items: {
      membership: ({ pk, sk, seq, state }) => {
        if (sk !== 'standing' || !pk.startsWith('member/')) return;
        const { awards = [] } = state as { awards?: Award[] };
        read.set(`${pk}#${sk}`, { seq, inTable: inWords(awards) });
      },
    },
    events: {
      'badge.awarded': onStep,
      'badge.withdrawn': onStep,
      'score.changed': ({ id, aggregate: name, data }) => {
        const told = namesIn(data.badges ?? []);
        const has = namesIn((awarded.get(name) ?? []).map(([badge]) => badge).sort());
        if (told !== has) finding.differs(name, `${name} has the badges ${has}, and ${id} tells ${told}`);
      },
    },
    conclude: () => {
      for (const [name, { inTable, toldThen = inWords(awarded.get(name) ?? []) }] of read) {
        if (inTable === none && toldThen === none) continue;
        finding.looked();
        if (inTable === toldThen) continue;
        finding.differs(name, `${name} has the badges ${inTable} in the table and ${toldThen} by the log`);
      }
    },
  };
};
