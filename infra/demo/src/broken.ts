import { setTimeout as sleep } from 'node:timers/promises';
import { reconcile } from '@fcode/reconcile';
import type { Stage } from './stage.ts';

const triesAtMost = 5;

/** Sentences that name what is not as it must be; none when everything is. All of it is judged, once the system is at rest. */
export const brokenIn = async ({ tables, log, now, settled }: Pick<Stage, 'tables' | 'log' | 'now' | 'settled'>) => {
  for (let tries = 1; ; tries += 1) {
    await settled();
    const found = await reconcile({ tables, log, now });
    const skipped = found.checks.flatMap(({ name, skipped: why }) =>
      why === undefined ? [] : `${name} was not checked: ${why}`,
    );
    // Something may be done at its time even now: a tier that ends, cut-offs that are computed.
    const isFinal = found.differences.length > 0 || tries >= triesAtMost;
    if (!isFinal && !found.settled) continue;
    if (!isFinal && skipped.length > 0) {
      // The story's time has just leapt: whoever does what is due looks every second.
      await sleep(1000);
      continue;
    }
    return [...found.differences.map(({ what }) => what), ...skipped];
  }
};
