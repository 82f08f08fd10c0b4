import { nameOf } from '@fcode/dynamo';
import { codeSubject, type Heard } from '@fcode/events';
import { each, type Family } from '../check.ts';
import { after } from '../names.ts';
import type { Key, Tables } from '../tables.ts';

/** A member's place, in the table or by the log; only the table has one that is taken. */
interface Place {
  status: 'none' | 'waiting' | 'offered' | 'taken' | 'lapsed' | 'left';
  since?: string;
  until?: string;
  order?: number;
}

/** The place of an item at its sequence. */
interface Read {
  key: Key;
  seq: number;
  place: Place;
}

/** What events tell of a place: now, and at the sequence at which its item was read. */
interface Told {
  now: Place;
  atRead?: Place;
}

interface Pool {
  seq: number;
  offered: number;
  back: number;
}

interface Campaign {
  pool: Pool;
  /** Places that were offered when their items were read. */
  offered: number;
  /** Codes of places that issuance had heard were revoked. */
  revoked: number;
}

type Step = Heard<'waitlist.joined' | 'waitlist.offered' | 'waitlist.lapsed' | 'waitlist.left'>;

const none: Place = { status: 'none' };
const prefix = 'waitlist/';
const orderPerMs = 1000;

const keyOf = ({ memberId, campaignId }: { memberId: string; campaignId: string }): Key => ({
  pk: `member/${memberId}`,
  sk: `${prefix}${campaignId}`,
});
const codesOf = ({ pk, sk }: Key): Key => ({ pk, sk: `codes/claimed/${sk.slice(prefix.length)}` });

const fold = (place: Place, { type, data }: Step): Place => {
  switch (type) {
    case 'waitlist.joined':
      return { status: 'waiting', since: data.since };
    case 'waitlist.offered':
      return { status: 'offered', since: data.since, until: data.until };
    case 'waitlist.lapsed':
      return { ...place, status: 'lapsed' };
    case 'waitlist.left':
      return { ...place, status: 'left' };
  }
};

const inWords = ({ status, since = '' }: Place): string => (status === 'none' ? 'none' : `${status} since ${since}`);

/** What a place must be for a step; undefined where the step follows. */
const whyUnlawful = ({ status, since, until = '' }: Place, { type, data }: Step): string | undefined => {
  const follows = (what: string, isLawful: boolean) => (isLawful ? undefined : what);
  switch (type) {
    case 'waitlist.joined':
      return follows('joined', status !== 'waiting' && status !== 'offered');
    case 'waitlist.offered':
      return follows(`offered since ${data.since}`, status === 'waiting' && since === data.since);
    case 'waitlist.lapsed':
      // While its campaign is paused an offer is kept for longer, and nobody tells so.
      return follows(`lapsed at ${data.until}`, status === 'offered' && data.until >= until);
    case 'waitlist.left':
      return follows(data.declined ? 'declined' : 'left', status === (data.declined ? 'offered' : 'waiting'));
  }
};

/** Since when a member had waited for a code; undefined of one that was claimed otherwise. */
const waitedFor = ({ data: { receipt } }: Heard<'code.claimed'>): string | undefined => {
  const why = receipt?.reasons?.find(({ code }) => code === 'waited');
  return why === undefined ? undefined : String(why.since);
};

/** Who waits for a code of a campaign, whom a place is kept for, and how many those are. */
export const waitlist: Family = (open) => {
  const finding = open(
    'waitlist',
    'who waits, is offered a place and takes it is as events tell, and has its one code',
  );
  const places = open('waitlist-places', 'so many places are offered, and came back, as their campaign counts');
  const read = new Map<string, Read>();
  const told = new Map<string, Told>();
  /** By the place that was taken: since when its member had waited, and the code. */
  const taken = new Map<string, { key: Key; since: string; code: string }>();
  const campaigns = new Map<string, Campaign>();
  /** By batch: its campaign, and how many of its codes are places of somebody. */
  const batches = new Map<number, { of: Campaign; places: number }>();

  const poolNow = async (tables: Tables, campaignId: string): Promise<Pool | undefined> => {
    const pool = await tables.item('issuance', { pk: `quota/${campaignId}`, sk: 'lane/waitlist/pool' });
    const { waitlist: kept } = (pool?.state ?? {}) as { waitlist?: Omit<Pool, 'seq'> };
    return pool && kept && { seq: pool.seq, offered: kept.offered, back: kept.back };
  };

  const onStep = (event: Step) => {
    const known: Told = told.get(event.aggregate) ?? { now: none };
    told.set(event.aggregate, known);
    const seq = read.get(event.aggregate)?.seq;
    if (seq !== undefined && event.sequence > seq) known.atRead ??= known.now;
    const unlawful = whyUnlawful(known.now, event);
    if (unlawful !== undefined) {
      const { aggregate } = event;
      finding.differs(aggregate, `${aggregate} is ${inWords(known.now)}, and was ${unlawful}`);
    }
    known.now = fold(known.now, event);
  };

  /** What is wrong with a place as it was read. */
  const faultOf = ({ place }: Read, byLog: Place): string | undefined => {
    const { status, since = '', until = '', order = 0 } = place;
    const isTold = status === 'taken' ? byLog.status === 'offered' : byLog.status === status;
    if (!isTold || byLog.since !== place.since)
      return `is ${inWords(place)} in the table, and ${inWords(byLog)} by the log`;
    if (status === 'offered' && until < (byLog.until ?? '')) {
      return `is offered until ${until} in the table, and until ${byLog.until} by the log`;
    }
    const isInOrder = status !== 'waiting' || Math.floor(order / orderPerMs) === Date.parse(since);
    return isInOrder ? undefined : `waits since ${since}, and stands in the line as ${order}`;
  };

  const take = (event: Heard<'code.claimed'>) => {
    const since = waitedFor(event);
    if (since === undefined) return;
    const key = keyOf(event.data);
    const name = nameOf(key);
    const [code, other] = [codeSubject(event.data), taken.get(name)];
    if (other && other.code !== code) finding.differs(name, `${name} was taken as ${other.code}, and as ${code}`);
    taken.set(name, { key, since, code });
  };

  return {
    prepare: async (tables) => {
      for await (const { sk: campaignId, state } of tables.partition('issuance', 'campaigns')) {
        const { waitlist: wanted } = (state as unknown as { definition: { waitlist?: object } }).definition;
        const pool = wanted && (await poolNow(tables, campaignId));
        if (!pool) continue;
        const of: Campaign = { pool, offered: 0, revoked: 0 };
        campaigns.set(campaignId, of);
        // Read after the pool: whatever came back by then is of one of them.
        for await (const batch of tables.partition('issuance', `batches/${campaignId}`)) {
          const {
            batch: number,
            size,
            canaries = 0,
          } = batch.state as { batch: number; size: number; canaries?: number };
          batches.set(number, { of, places: size - canaries });
        }
      }
    },
    items: {
      issuance: ({ pk, sk, seq, state }) => {
        const code = sk === 'status' ? after('code/', pk) : undefined;
        if (code !== undefined && state.status === 'revoked') {
          const [batch, index] = code.split('.').map(Number) as [number, number];
          const batchOf = batches.get(batch);
          if (batchOf && index < batchOf.places) batchOf.of.revoked += 1;
        }
        const campaignId = after('member/', pk) === undefined ? undefined : after(prefix, sk);
        if (campaignId === undefined) return;
        const place = state as unknown as Place;
        read.set(nameOf({ pk, sk }), { key: { pk, sk }, seq, place });
        const campaign = campaigns.get(campaignId);
        if (campaign && place.status === 'offered') campaign.offered += 1;
      },
    },
    events: {
      'waitlist.joined': onStep,
      'waitlist.offered': onStep,
      'waitlist.lapsed': onStep,
      'waitlist.left': onStep,
      'code.claimed': take,
    },
    conclude: async ({ tables, lateEvents, unsettled }) => {
      for (const [name, place] of read) {
        finding.looked();
        const { now, atRead = now } = told.get(name) ?? { now: none };
        const fault = faultOf(place, atRead);
        if (fault !== undefined) finding.differs(name, `${name} ${fault}`);
      }
      // A code is told by another item, which may have been read before its place was taken: then it is told since.
      const untold = [...read].filter(([name, { place }]) => place.status === 'taken' && !taken.has(name));
      if (untold.length > 0) {
        const keys = untold.map(([, { key }]) => codesOf(key));
        for (const event of await lateEvents('issuance', keys)) if (event.type === 'code.claimed') take(event);
        for (const [name] of untold) {
          if (!taken.has(name)) finding.differs(name, `${name} is taken, and no code that was waited for was told`);
        }
      }
      // It is the other way round where the place was read before: once it is taken it stays so.
      await each([...taken], async ([name, { key, since, code }]) => {
        const known = read.get(name)?.place;
        const place = known?.status === 'taken' ? known : await placeNow(tables, key);
        if (place.status !== 'taken' || place.since !== since) {
          finding.differs(name, `${name} is ${inWords(place)}, and ${code} was taken since ${since}`);
        }
      });
      for (const [campaignId, { pool, offered, revoked }] of campaigns) {
        places.looked();
        if (pool.back > revoked) {
          places.differs(
            campaignId,
            `${campaignId}: ${pool.back} places came back, of ${revoked} codes that were revoked`,
          );
        }
        const now = await poolNow(tables, campaignId);
        if (now && now.back < revoked) {
          places.differs(
            campaignId,
            `${campaignId}: ${revoked} codes were revoked, and the places of ${now.back} came back`,
          );
        }
        // Whatever moves places tells so: at rest only its looks for places of rules that are over are counted.
        if (now?.seq !== pool.seq && unsettled !== undefined)
          places.skip(`places of ${campaignId} kept moving: ${unsettled}`);
        else if (pool.offered !== offered) {
          places.differs(campaignId, `${campaignId}: ${pool.offered} places count as offered, and ${offered} are`);
        }
      }
    },
  };
};

const placeNow = async (tables: Tables, key: Key): Promise<Place> =>
  ((await tables.item('issuance', key))?.state ?? none) as unknown as Place;
