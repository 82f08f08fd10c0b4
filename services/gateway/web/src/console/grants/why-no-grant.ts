import type { Campaign } from '../api.ts';

const without = ['draft', 'ended', 'closed'] as const satisfies Campaign['phase'][];

/** The phase of a campaign of which nothing can be granted; undefined where something can, or will when it goes on. */
export const whyNoGrant = (phase: Campaign['phase']): (typeof without)[number] | undefined =>
  without.find((one) => one === phase);
