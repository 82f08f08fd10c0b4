import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreFaults, Wire } from '@fcode/testkit';
import type { Fleet, Member } from './fleet.ts';
import type { Ground } from './ground.ts';
import type { Draws } from './random.ts';

/** Clocks are at most so far from the true time. */
const skewAtMostMs = 30_000;

/** One way to hurt a system. `strike` resolves when the harm is over; false when there was nothing to hurt. */
interface Fault {
  kind: string;
  /** While it lasts the store answers nobody, and nothing can be acknowledged that needs it. */
  storeIsAway?: boolean;
  strike(draws: Draws): Promise<boolean>;
}

/** A fault as it struck; ms since the run began. */
export interface Struck {
  kind: string;
  from: number;
  to: number;
  storeIsAway: boolean;
}

/** How the proxy hurts statements, by the kind of fault; drawn anew each time. */
const proxyFaults = {
  throttle: (draws: Draws): StoreFaults => ({ throttle: 0.05 + draws.share() * 0.3 }),
  conflict: (draws: Draws): StoreFaults => ({ conflict: 0.05 + draws.share() * 0.2 }),
  internalError: (draws: Draws): StoreFaults => ({ internalError: 0.02 + draws.share() * 0.15 }),
  lostResponse: (draws: Draws): StoreFaults => ({ lostResponse: 0.02 + draws.share() * 0.15 }),
  duplicate: (draws: Draws): StoreFaults => ({ duplicate: 0.05 + draws.share() * 0.4 }),
  slow: (draws: Draws): StoreFaults => ({ slow: { share: 0.1 + draws.share() * 0.3, ms: draws.whole(50, 1500) } }),
  staleIndex: (): StoreFaults => ({ staleIndexMs: 30_000 }),
} as const;
type ProxyFault = keyof typeof proxyFaults;

const faultsOf = (fleet: Fleet, ground: Ground): Fault[] => {
  const { proxy, store, broker, lockLog } = ground;
  const some = (draws: Draws, most: number): Member[] =>
    draws.shuffled(fleet.members.filter(({ running }) => running)).slice(0, draws.whole(1, most));
  const active: { [Kind in ProxyFault]?: StoreFaults } = {};
  const apply = () => proxy.set(Object.assign({}, ...Object.values(active)) as StoreFaults);

  const ofProxy = (Object.keys(proxyFaults) as ProxyFault[]).map(
    (kind): Fault => ({
      kind,
      strike: async (draws) => {
        const before = proxy.counts[kind];
        active[kind] = proxyFaults[kind](draws);
        apply();
        await sleep(draws.whole(3000, 7000) * (kind === 'staleIndex' ? 4 : 1));
        delete active[kind];
        apply();
        return proxy.counts[kind] > before;
      },
    }),
  );
  const killed = (kind: string, victim: typeof store, storeIsAway: boolean): Fault => ({
    kind,
    storeIsAway,
    strike: async (draws) => {
      await victim.kill();
      await sleep(draws.whole(0, 1500));
      await victim.revive();
      return true;
    },
  });
  const paused = (kind: string, victim: typeof store, storeIsAway: boolean): Fault => ({
    kind,
    storeIsAway,
    strike: async (draws) => {
      await victim.pause();
      await sleep(draws.whole(500, 6000));
      await victim.unpause();
      return true;
    },
  });
  /** Some that somebody uses: a wire that nobody has connected to cannot be cut. */
  const wires = (draws: Draws): Wire[] => {
    const used = fleet.members.map(({ wire }) => wire).filter(({ connections }) => connections > 0);
    const some = draws.shuffled(used).slice(0, draws.whole(1, 4));
    return broker && draws.chance(0.5) ? [...some, broker.wire] : some;
  };

  return [
    {
      kind: 'killService',
      strike: async (draws) => {
        const victims = some(draws, 2);
        await Promise.all(victims.map((member) => fleet.kill(member)));
        return victims.length > 0;
      },
    },
    {
      kind: 'pauseService',
      strike: async (draws) => {
        const victims = some(draws, 2);
        for (const member of victims) fleet.pause(member);
        const isHurt = victims.some(({ isPaused }) => isPaused);
        await sleep(draws.whole(500, 12_000));
        for (const member of victims) fleet.unpause(member);
        return isHurt;
      },
    },
    {
      kind: 'skewClock',
      strike: async (draws) => {
        const victims = some(draws, 3);
        for (const member of victims) fleet.skew(member, draws.whole(-skewAtMostMs, skewAtMostMs));
        return victims.length > 0;
      },
    },
    {
      kind: 'cutConnections',
      strike: async (draws) => {
        const cut = wires(draws);
        for (let times = draws.whole(1, 5); times > 0; times -= 1) {
          for (const wire of cut) wire.cut();
          await sleep(draws.whole(20, 300));
        }
        return cut.length > 0;
      },
    },
    {
      kind: 'slowConnections',
      strike: async (draws) => {
        const slow = wires(draws);
        for (const wire of slow) wire.delay(draws.whole(30, 400));
        await sleep(draws.whole(2000, 5000));
        for (const wire of slow) wire.delay(0);
        return slow.length > 0;
      },
    },
    killed('killStore', store, true),
    paused('pauseStore', store, true),
    ...(broker ? [killed('killBroker', broker, false), paused('pauseBroker', broker, false)] : []),
    ...(lockLog
      ? [
          {
            kind: 'lockLog',
            strike: (draws: Draws) => lockLog(draws.whole(500, 6000)),
          },
        ]
      : []),
    ...ofProxy,
  ];
};

export interface Storm {
  /** The kinds there are. */
  kinds: string[];
  /** What has struck so far. */
  struck: Struck[];
  /** Resolves when every harm is over. */
  over: Promise<void>;
}

export interface StormOptions {
  fleet: Fleet;
  ground: Ground;
  draws: Draws;
  seconds: number;
  /** Ms since the run began. */
  now: () => number;
  /** Operations that were sent so far: a fault without load is none. */
  sent: () => number;
  /** Only these; all, where left out. */
  kinds?: readonly string[];
  /** How often each strikes. */
  rounds?: number;
  tell: (line: string) => void;
}

/** Each kind about once in a minute, and at least once. */
const roundSeconds = 60;
/** Time for what struck last to be over, and for some load after it. */
const calmMs = 4000;
const lateMs = 20_000;
const atOnce = 4;
const feltMs = 500;

/** Strikes with one kind after the other, in an order that the draws decide, some of them at the same time. */
export const startStorm = (options: StormOptions): Storm => {
  const { fleet, ground, draws, seconds, now, sent, kinds, tell } = options;
  const { rounds = Math.max(1, Math.round(seconds / roundSeconds)) } = options;
  const faults = faultsOf(fleet, ground).filter(({ kind }) => kinds?.includes(kind) ?? true);
  const until = now() + seconds * 1000 - calmMs;
  /** Each kind strikes once at least, also where those before it took their time. */
  const latest = until + lateMs;
  const gapMs = (seconds * 1000 - calmMs) / (faults.length * rounds + 1);
  const deck = Array.from({ length: rounds }, () => draws.shuffled(faults)).flat();
  const struck: Struck[] = [];
  let failure: unknown;
  const underWay = new Map<Fault, Promise<void>>();
  const engines = new Set(['killStore', 'pauseStore', 'killBroker', 'pauseBroker']);

  const strike = async (fault: Fault) => {
    const from = now();
    const before = sent();
    const storeIsAway = fault.storeIsAway ?? false;
    const mine: Struck = { kind: fault.kind, from, to: Number.POSITIVE_INFINITY, storeIsAway };
    tell(`${(from / 1000).toFixed(1)} s: ${fault.kind}`);
    const hurt = await fault.strike(draws);
    // What strikes in an instant is felt by those who come next.
    await sleep(Math.max(0, from + feltMs - now()));
    mine.to = now();
    if (hurt && sent() > before) struck.push(mine);
    // Nobody has felt it: once more, later.
    else if (now() < latest) deck.push(fault);
  };
  const isFree = (fault: Fault) =>
    !underWay.has(fault) && !(engines.has(fault.kind) && [...underWay.keys()].some(({ kind }) => engines.has(kind)));
  const run = async () => {
    const isDue = (fault: Fault) => now() < until || !struck.some(({ kind }) => kind === fault.kind);
    while (now() < latest && (deck.some(isDue) || underWay.size > 0)) {
      // One that cannot strike now gives way to the next.
      const position = underWay.size < atOnce ? deck.findIndex((fault) => isFree(fault) && isDue(fault)) : -1;
      const [fault] = position < 0 ? [] : deck.splice(position, 1);
      if (!fault) {
        await sleep(50);
        continue;
      }
      const striking = strike(fault)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => underWay.delete(fault));
      underWay.set(fault, striking);
      await sleep(gapMs * (0.5 + draws.share()));
      if (failure !== undefined) break;
    }
    await Promise.all(underWay.values());
    if (failure !== undefined) throw failure;
  };
  return { kinds: faults.map(({ kind }) => kind), struck, over: run() };
};
