import { createRequire } from 'node:module';

/** The part of kafkajs's request queue that is mended here. */
interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

const again = 10;

/**
 * kafkajs 2.2.4 looks at each connection's queue again and again, every millisecond and for ever, with a negative
 * timeout that Node warns of (its issues 1556, 1704, 1751). Here it looks again only while something waits.
 */
export const guardRequestQueues = (): void => {
  const path = 'kafkajs/src/network/requestQueue/index.js';
  const { prototype } = createRequire(import.meta.url)(path) as { prototype: RequestQueue };
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      Math.max(again, this.throttledUntil - Date.now()),
    );
  };
};
