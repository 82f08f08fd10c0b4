import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, GroupLag } from '@fcode/event-log';
import type { Topic } from '@fcode/events';
import type { ServiceName } from '@fcode/infra/tables';
import { groups } from '@fcode/infra/topics';

/** How far each group is, at one instant. */
export interface Sample {
  /** Milliseconds on any clock. */
  at: number;
  lags: { group: ServiceName; lags: GroupLag[] }[];
}

/** How far one group is behind in one topic. */
export interface Behind {
  group: ServiceName;
  topic: Topic;
  behind: number;
  /** The partition that is farthest behind; absent when none is. */
  worst?: { partition: number; behind: number };
  /** Absent, like the next two, when there was no time to measure them. */
  writtenPerSecond?: number;
  handledPerSecond?: number;
  /** Seconds until it is through if it goes on like that; null when it would never be. */
  throughInSeconds?: number | null;
}

export const sampleOf = async (log: EventLog, names: readonly ServiceName[]): Promise<Sample> => {
  const lags = await Promise.all(names.map(async (group) => ({ group, lags: await log.lag(group, groups[group]) })));
  return { at: performance.now(), lags };
};

const sum = (lags: readonly GroupLag[], of: (lag: GroupLag) => number): number =>
  lags.reduce((total, lag) => total + of(lag), 0);
const left = ({ next, end }: GroupLag): number => Math.max(0, end - next);
const rounded = (rate: number): number => Math.round(rate * 10) / 10;

const throughIn = (behind: number, written: number, handled: number): number | null => {
  if (behind === 0) return 0;
  return handled > written ? Math.ceil(behind / (handled - written)) : null;
};

/** How far the groups are behind in the later sample, and how fast it changed since the earlier one. */
export const behindIn = (later: Sample, earlier: Sample): Behind[] => {
  const seconds = (later.at - earlier.at) / 1000;
  return later.lags.flatMap(({ group, lags }) => {
    const before = earlier.lags.find((one) => one.group === group)?.lags ?? [];
    return groups[group].map((topic): Behind => {
      const now = lags.filter((lag) => lag.topic === topic);
      const then = before.filter((lag) => lag.topic === topic);
      const behind = sum(now, left);
      const worst = now.toSorted((a, b) => left(b) - left(a))[0];
      const of = worst && behind > 0 ? { worst: { partition: worst.partition, behind: left(worst) } } : {};
      if (seconds <= 0) return { group, topic, behind, ...of };
      const rate = (offset: 'next' | 'end') =>
        (sum(now, (lag) => lag[offset]) - sum(then, (lag) => lag[offset])) / seconds;
      const [written, handled] = [rate('end'), rate('next')];
      return {
        group,
        topic,
        behind,
        ...of,
        writtenPerSecond: rounded(written),
        handledPerSecond: rounded(handled),
        throughInSeconds: throughIn(behind, written, handled),
      };
    });
  });
};

const isThrough = ({ lags }: Sample): boolean => lags.every((one) => one.lags.every((lag) => left(lag) === 0));

/** Looks twice, `overMs` apart. With `waitMs`, looks again until the groups are through or it is over. */
export const measured = async (
  look: () => Promise<Sample>,
  { overMs, waitMs }: { overMs: number; waitMs?: number | undefined },
): Promise<{ lags: Behind[]; through: boolean }> => {
  const first = await look();
  let last = first;
  const until = first.at + (waitMs ?? 0);
  while (waitMs === undefined ? last === first : !isThrough(last) && last.at < until) {
    await sleep(waitMs === undefined ? overMs : Math.min(overMs, 500, Math.max(0, until - performance.now())));
    last = await look();
  }
  return { lags: behindIn(last, first), through: isThrough(last) };
};
