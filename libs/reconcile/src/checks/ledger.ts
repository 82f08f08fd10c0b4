import type { Heard } from '@fcode/events';
import { each, type Family } from '../check.ts';
import { after } from '../names.ts';

interface MemberState {
  S: string;
  /** What was spent already when it was taken back. */
  owed?: string;
  kinds: Record<string, { weight: string }>;
}

interface EntryState {
  recorded?: { memberId: string; weight: string };
  reversed?: { memberId: string }[];
}

/** A member's sum as it stands, less what is owed, and as told up to then. */
interface Sum {
  seq: number;
  S: bigint;
  told: bigint;
}

/** Whose a contribution is and what it weighs, and who took it back: while it is not known whose it is, several may. */
interface Entry {
  owner?: string;
  weight?: string;
  reversers: string[];
}

/** An entry as it was read, and what of it has not been told yet. */
interface Read extends Entry {
  untold: Entry;
  /** The event that recorded it. */
  recordedBy?: string;
}

type Told = Heard<'contribution.recorded' | 'contribution.reversed'>;

/** It has a life of its own; a contribution, which a connector may have told under that name before there were any, has none. */
export const isPurchase = (state: object): boolean => 'status' in state;

const entryIn = (state: unknown): Entry => {
  const { recorded, reversed = [] } = state as EntryState;
  const reversers = reversed.map(({ memberId }) => memberId);
  return recorded ? { owner: recorded.memberId, weight: recorded.weight, reversers } : { reversers };
};

const entryName = ({ source, ref }: { source: string; ref: string }): string => `ledger/${source}/${ref}`;

/** Whether an entry shows what was told. Once it is known whose it is, what others took back was none of it. */
const shows = ({ owner, weight, reversers }: Entry, { type, data }: Told): boolean => {
  if (type === 'contribution.recorded') return owner === data.memberId && weight === data.weight;
  return reversers.includes(data.memberId) || (owner !== undefined && owner !== data.memberId);
};

/** Takes what an event tells off what has not been told. A reversal may be told twice: before its contribution, and with it. */
const tellOf = ({ untold }: Read, { type, data }: Told): void => {
  if (type === 'contribution.reversed') untold.reversers = untold.reversers.filter((by) => by !== data.memberId);
  else if (untold.owner === data.memberId && untold.weight === data.weight) delete untold.owner;
};

/** Sums and the contributions and purchases that they are made of. All events of a member's come from the item with the sum. */
export const ledger: Family = (open) => {
  const sums = open(
    'sums',
    "a member's sum is that of all contributions told, less those taken back and what was spent, and a score never below zero",
  );
  const entries = open('ledger', 'each contribution that was told stands in the ledger, once, and no other');
  const members = new Map<string, Sum>();
  const known = new Map<string, Read>();
  /** Told, and not in the entry as it was read: it may be newer. */
  const missing: Told[] = [];

  const readOf = (name: string): Read => {
    const read = known.get(name) ?? { reversers: [], untold: { reversers: [] } };
    known.set(name, read);
    return read;
  };

  const onTold = (event: Told) => {
    const { type, id, data, sequence } = event;
    const member = members.get(data.memberId);
    const isRecorded = type === 'contribution.recorded';
    if (member && sequence <= member.seq) member.told += isRecorded ? BigInt(data.weight) : -BigInt(data.weight);
    const name = entryName(data);
    const entry = readOf(name);
    if (!shows(entry, event)) missing.push(event);
    tellOf(entry, event);
    if (!isRecorded) return;
    if (entry.recordedBy !== undefined) {
      entries.differs(name, `${name} was counted twice: by ${entry.recordedBy} and by ${id}`);
    }
    entry.recordedBy = id;
  };

  /** Purchases are looked at one by one elsewhere; here they are a part of the sum. */
  const onMoved = ({ data, sequence }: Heard<'points.spent' | 'points.returned'>, weight: bigint) => {
    const member = members.get(data.memberId);
    if (member && sequence <= member.seq) member.told += weight;
  };

  return {
    items: {
      membership: ({ pk, sk, seq, state }) => {
        const memberId = after('member/', pk);
        if (memberId !== undefined && sk === 'standing') {
          sums.looked();
          const { S: score, owed = '0', kinds } = state as unknown as MemberState;
          const S = BigInt(score) - BigInt(owed);
          members.set(memberId, { seq, S, told: 0n });
          const made = Object.values(kinds).reduce((sum, { weight }) => sum + BigInt(weight), 0n);
          if (made !== S) sums.differs(pk, `${pk} has ${S}, and is made of ${made} by its kinds`);
          if (BigInt(score) < 0n) sums.differs(pk, `${pk} has a score below zero: ${score}`);
          if (owed !== '0' && score !== '0') sums.differs(pk, `${pk} has ${score}, and owes ${owed}`);
        } else if (sk === 'entry' && !isPurchase(state)) {
          entries.looked();
          const entry = entryIn(state);
          known.set(pk, { ...entry, untold: { ...entry } });
        }
      },
    },
    events: {
      'contribution.recorded': onTold,
      'contribution.reversed': onTold,
      'points.spent': (event) => onMoved(event, -BigInt(event.data.weight)),
      'points.returned': (event) => onMoved(event, BigInt(event.data.weight)),
    },
    conclude: async ({ tables, lateEvents }) => {
      for (const [memberId, { S, told }] of members) {
        const name = `member/${memberId}`;
        if (told !== S) sums.differs(name, `${name} has ${S}, its ledger by the log ${told}`);
      }
      await each(missing, async (event) => {
        const name = entryName(event.data);
        const item = await tables.item('membership', { pk: name, sk: 'entry' });
        if (item && shows(entryIn(item.state), event)) return;
        entries.differs(name, `${name} does not show what ${event.id} told`);
      });

      const namesIn = ({ untold: { owner, reversers } }: Read) => [
        ...(owner === undefined ? [] : [owner]),
        ...reversers,
      ];
      const untold = [...known].filter(([, entry]) => namesIn(entry).length > 0);
      if (untold.length === 0) return;
      // The member's item may have been read before the entry, and its event not have been in the log yet.
      const memberIds = new Set(untold.flatMap(([, entry]) => namesIn(entry)));
      const keys = [...memberIds].map((memberId) => ({ pk: `member/${memberId}`, sk: 'standing' }));
      for (const event of await lateEvents('membership', keys)) {
        if (event.type !== 'contribution.recorded' && event.type !== 'contribution.reversed') continue;
        const entry = known.get(entryName(event.data));
        if (entry) tellOf(entry, event);
      }
      for (const [
        name,
        {
          untold: { owner, reversers },
        },
      ] of untold) {
        if (owner !== undefined) entries.differs(name, `${name} was recorded for ${owner}, and no event tells so`);
        for (const by of reversers) entries.differs(name, `${name} was taken back by ${by}, and no event tells so`);
      }
    },
  };
};
