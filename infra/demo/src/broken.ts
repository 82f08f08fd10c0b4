import { reconcile } from '@fcode/reconcile';
import type { Stage } from './stage.ts';

const triesAtMost = 5;

/** Sentences that name what is not as it must be; none when everything is. All of it is judged, once the system is at rest. */
export const brokenIn = async ({ tables, log, now, settled }: Pick<Stage, 'tables' | 'log' | 'now' | 'settled'>) => {
  for (let tries = 1; ; tries += 1) {
    await settled();
    const found = await reconcile({ tables, log, now });
    // Something may be done at its time even now: a tier that ends, cut-offs that are computed.
    if (!found.settled && found.differences.length === 0 && tries < triesAtMost) continue;
    const skipped = found.checks.flatMap(({ name, skipped: why }) =>
      why === undefined ? [] : `${name} was not checked: ${why}`,
    );
    return [...found.differences.map(({ what }) => what), ...skipped];
  }
};
