import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import type { Listener } from '../event-log.ts';
import { topics } from '../fixtures/topics.ts';
import type { Desk } from './desk.ts';
import type { Letters } from './letters.ts';
import { defaultTiming, Member } from './member.ts';
import { namesOf } from './names.ts';

const name = 't.redemption.v1';
const names = namesOf('t', topics);

/** A consumer of kafkajs whose every step the test decides: what comes in which order no broker can be told. */
const scripted = (positions: Record<number, number> = {}) => {
  const heard = new Map<string, (event: { payload: object }) => void>();
  const committed: string[] = [];
  const resolved: string[] = [];
  let eachBatch: (payload: object) => Promise<void> = async () => {};
  const events = {
    CRASH: 'crash',
    REBALANCING: 'rebalancing',
    REQUEST: 'request',
    GROUP_JOIN: 'join',
    HEARTBEAT: 'heartbeat',
    FETCH_START: 'fetch_start',
    FETCH: 'fetch',
  };
  const consumer = {
    events,
    on: (event: string, listen: (event: { payload: object }) => void) => heard.set(event, listen),
    connect: async () => {},
    subscribe: async () => {},
    run: async (config: { eachBatch: typeof eachBatch }) => {
      eachBatch = config.eachBatch;
    },
    paused: () => [],
    resume: () => {},
    disconnect: async () => {},
  };
  const say = (event: keyof typeof events, payload: object = {}) => heard.get(events[event])?.({ payload });
  return {
    committed,
    resolved,
    say,
    join: (...partitions: number[]) => say('GROUP_JOIN', { memberAssignment: { [name]: partitions }, duration: 1 }),
    /** A page of `count` events of a partition, as it was fetched from offset `from`. */
    page: (partition: number, from: number, count: number) =>
      eachBatch({
        batch: {
          topic: name,
          partition,
          fetchedOffset: String(from),
          messages: Array.from({ length: count }, (_, index) => ({
            offset: String(from + index),
            value: Buffer.from(JSON.stringify({ id: `${partition}/${from + index}` })),
          })),
          lastOffset: () => String(from + count - 1),
        },
        isRunning: () => true,
        isStale: () => false,
        pause: () => {},
        resolveOffset: (offset: string) => resolved.push(`${partition}/${offset}`),
        commitOffsetsIfNecessary: async (offsets: object) => committed.push(JSON.stringify(offsets)),
      }),
    context: {
      kafka: { consumer: () => consumer } as unknown as Kafka,
      names,
      letters: {} as Letters,
      desk: {
        positions: async () =>
          new Map([[name, new Map(Object.entries(positions).map(([partition, at]) => [Number(partition), at]))]]),
        bounds: async () => [{ partition: 0, low: 0, high: 100 }],
      } as unknown as Desk,
      timing: defaultTiming,
      clock: Date.now,
      counts: { handled: 0, deadLetters: 0, rebalances: 0 },
      logger: undefined,
    },
  };
};

const listening = (handle: (id: string) => Promise<void>): Listener => ({
  group: 'all',
  topics: ['redemption'],
  handle: ({ id }) => handle(id),
});

describe('Kafka: a member that is told to stop', () => {
  it('begins nothing more, though the group rebalances while its last event ends', async () => {
    const script = scripted();
    const slow = Promise.withResolvers<void>();
    const handled: string[] = [];
    const listener = listening(async (id) => {
      if (id === '0/0') await slow.promise;
      handled.push(id);
    });
    const stop = new AbortController();
    const ended = new Member(listener, [name], script.context).run(stop.signal);
    await sleep(10);
    script.join(0);
    await script.page(0, 0, 3);
    await sleep(10);
    stop.abort();
    await sleep(10);
    script.say('REBALANCING');
    script.join(1);
    await script.page(1, 0, 40);
    slow.resolve();
    await ended;
    await sleep(100);
    expect(handled).toEqual(['0/0']);
    // Nothing that it did not handle counts as read.
    expect(script.resolved).toEqual(['0/2']);
  });
});

describe('Kafka: a page that one broker brings while the group was joined again at another', () => {
  it('is not taken when it begins elsewhere than the group stands', async () => {
    const script = scripted({ 0: 10 });
    const handled: string[] = [];
    const stop = new AbortController();
    const member = new Member(
      listening(async (id) => void handled.push(id)),
      [name],
      script.context,
    );
    const ended = member.run(stop.signal);
    await sleep(10);
    script.say('FETCH_START', { nodeId: 2 });
    script.join(0);
    // Asked for before the join, when this member stood at 20.
    await script.page(0, 20, 5);
    await sleep(10);
    expect([handled, script.resolved]).toEqual([[], []]);
    await script.page(0, 10, 2);
    await sleep(10);
    expect(handled).toEqual(['0/10', '0/11']);
    expect(script.resolved).toEqual(['0/11']);
    stop.abort();
    await ended;
  });

  it('makes room for another member when that goes on and on', async () => {
    const script = scripted({ 0: 10 });
    const member = new Member(
      listening(async () => {}),
      [name],
      script.context,
    );
    const ended = member.run(new AbortController().signal);
    await sleep(10);
    script.say('FETCH_START', { nodeId: 2 });
    script.join(0);
    const pages = (async () => {
      for (let times = 0; times < 60; times += 1) await script.page(0, 20, 5);
    })();
    await expect(ended).rejects.toThrow('do not begin where the group stands');
    await pages;
  });
});
