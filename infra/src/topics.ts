import type { Topic } from '@fcode/events';

/** Partition counts are fixed: growth is a new topic version, drained first, so that a key never changes partition. */
export const topics: Record<Topic, { partitions: number }> = {
  membership: { partitions: 8 },
  issuance: { partitions: 8 },
  redemption: { partitions: 16 },
  referral: { partitions: 8 },
};
