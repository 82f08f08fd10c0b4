import type { Topic } from '@fcode/events';
import type { ServiceName } from './tables.ts';

/** Partition counts are fixed: growth is a new version of the topic, drained first, so that a key stays in order. */
export const topics: Record<Topic, { version: number; partitions: number }> = {
  membership: { version: 1, partitions: 8 },
  issuance: { version: 1, partitions: 8 },
  redemption: { version: 1, partitions: 16 },
  referral: { version: 1, partitions: 8 },
};

/** Each service is a consumer group of its own name; what it listens to. */
export const groups: Record<ServiceName, readonly Topic[]> = {
  membership: ['referral', 'issuance'],
  issuance: ['membership', 'redemption'],
  redemption: ['issuance'],
  referral: ['issuance', 'redemption'],
  insights: ['membership', 'issuance', 'redemption', 'referral'],
};
