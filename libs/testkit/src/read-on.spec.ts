import { describe, expect, it } from 'vitest';
import { readOn } from './read-on.ts';

/** A topic in memory that notes from where it was read; events are numbers. */
const openTopic = (partitions: number) => {
  const events = Array.from({ length: partitions }, (): number[] => []);
  const reads: string[] = [];
  const log = {
    partitions: () => partitions,
    read: async (_topic: string, partition: number, offset: number, limit = Number.POSITIVE_INFINITY) => {
      reads.push(`${partition}@${offset}`);
      await new Promise((resolve) => setImmediate(resolve));
      const found = (events[partition] ?? []).slice(offset, offset + limit);
      return found.map((event) => ({ event }));
    },
  };
  const append = (partition: number, ...more: number[]) => events[partition]?.push(...more);
  return { log, append, reads };
};

describe('a topic that is read as it grows', () => {
  it('is all of it each time, by partition and in order', async () => {
    const { log, append } = openTopic(2);
    const all = readOn(log, 'referral');
    expect(await all()).toEqual([]);
    append(1, 3);
    append(0, 1, 2);
    expect(await all()).toEqual([1, 2, 3]);
    append(0, 4);
    append(1, 5);
    expect(await all()).toEqual([1, 2, 4, 3, 5]);
  });

  it('is asked only for what has come since', async () => {
    const { log, append, reads } = openTopic(2);
    const all = readOn(log, 'referral');
    append(0, 1, 2);
    append(1, 3);
    await all();
    await all();
    expect(reads).toEqual(['0@0', '1@0', '0@2', '1@1']);
  });

  it('is all of it also where it is more than a page, or a page to the last', async () => {
    const { log, append } = openTopic(2);
    const numbers = Array.from({ length: 2500 }, (_, number) => number);
    append(0, ...numbers);
    append(1, ...numbers.slice(0, 1000));
    expect(await readOn(log, 'referral')()).toEqual([...numbers, ...numbers.slice(0, 1000)]);
  });

  it('has everything once when it is read by several at once', async () => {
    const { log, append } = openTopic(1);
    const all = readOn(log, 'referral');
    append(0, 1, 2, 3);
    expect(await Promise.all([all(), all(), all()])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('is read again after the log did not answer', async () => {
    const { log, append } = openTopic(1);
    let isAway = true;
    const read: typeof log.read = async (...where) => {
      if (isAway) throw new Error('the log is away');
      return await log.read(...where);
    };
    const all = readOn({ ...log, read }, 'referral');
    append(0, 1);
    await expect(all()).rejects.toThrow('the log is away');
    isAway = false;
    expect(await all()).toEqual([1]);
  });
});
