import { causedBy, type Store } from '@fcode/dynamo';
import type { Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { type KnownStanding, standingRef } from './standing.ts';

/** Keeps the newest standing of a member, by the member's own sequence: late and repeated ones change nothing. */
export const onScoreChanged =
  (store: Store, clock: () => number) =>
  async (event: Heard<'score.changed'>): Promise<void> => {
    const { sequence, data } = event;
    const { memberId, S, t0, halfLifeDays, pins, badges } = data;
    const standing = { S, t0: Date.parse(t0), halfLifeDays, pins, ...(badges === undefined ? {} : { badges }) };
    const heard: KnownStanding = { standing, sequence };
    await store.change(
      [standingRef(memberId)],
      (known) => (known.sequence >= sequence ? again({}) : accept([{ type: 'standing.heard', data: heard }], {})),
      causedBy(event, clock),
    );
  };
