import type { Topic } from '@fcode/events';
import { outboxShards, type ServiceName, services } from './tables.ts';
import { topics } from './topics.ts';

/** What ops expect of a drop at its busiest: claims, and orders at checkout (a hold and a confirmation each), a second. */
export interface Peak {
  claimsPerSecond: number;
  ordersPerSecond: number;
}

/** Most of either that a plan is made for: it takes 256 shards of an index, and there are no more. */
export const peakAtMost = 50_000;

/** DynamoDB's units: a write of up to 1 KB, two of them in a transaction; a consistent read of up to 4 KB, likewise. */
interface Units {
  write: number;
  read: number;
  /** Writes of its indexes: one when an item's key is set, one when it is taken out. */
  outbox: number;
  board: number;
}

const units = (write: number, read: number, outbox = 0, board = 0): Units => ({ write, read, outbox, board });

/**
 * What a command costs each table, by the time that everybody has heard of it and outboxes are cleared. Measured on the services
 * themselves, by the units that the engine counts: `test/contracts/capacity.spec.ts` fails when a hot path comes to cost
 * something else. Both are of the dear kind: each claim has its lease to itself, where a rush shares it; each order is under a
 * limit of its campaign's, and of a friend who is referred by it, with the reward that follows.
 */
export const costs: Record<'claim' | 'order', Record<ServiceName, Units>> = {
  claim: {
    // Allotment and lease in one transaction, then the outbox cleared.
    issuance: units(5, 2, 2),
    // The owner, and the code in the member's list.
    redemption: units(4, 1),
    referral: units(1, 1),
    insights: units(7, 3),
    membership: units(0, 0),
  },
  order: {
    // Hold and confirm: each the code, which has grown over 1 KB, and the limit's slots in one transaction; then cleared.
    redemption: units(16, 2, 4),
    // The code's status, twice; the giver's new standing.
    issuance: units(4, 1, 0, 1),
    // The edge, checked against the top above it, and the reward.
    referral: units(12, 5, 2),
    // The reward's entry in the ledger, and the standing.
    membership: units(5, 2, 2, 1),
    // Histories of the code, the order and the members, funnel and reward.
    insights: units(42, 18),
  },
};

/**
 * How many answers of the store a group waits for, one after the other, until it has handled all that a command leaves in a
 * topic, in a rush, where what is good for a second is known already; measured as `costs` are.
 */
export const waits: Record<'claim' | 'order', Record<Topic, Partial<Record<ServiceName, number>>>> = {
  claim: {
    issuance: { redemption: 2, referral: 2, insights: 3 },
    redemption: {},
    referral: {},
    membership: {},
  },
  order: {
    issuance: {},
    redemption: { issuance: 4, referral: 4, insights: 9 },
    referral: { membership: 2, insights: 14 },
    membership: { issuance: 1 },
  },
};

/** "Single-digit milliseconds" is what DynamoDB promises of an answer; a partition's events are handled one after the other. */
const answerMs = 10;

/** A partition of an index takes 1,000 write units a second; a fifth is left, since a hash is never quite even. */
const writesOfShard = 800;

export interface TablePlan {
  table: ServiceName;
  /** Units a second, of the table itself. */
  writeUnits: number;
  readUnits: number;
  /** Write units a second of its indexes. `due` has none: nothing at checkout is put off. */
  indexes: { outbox: number; due: number; board: number };
}

export interface TopicPlan {
  topic: Topic;
  /** As it has them. */
  partitions: number;
  /** With which the slowest of those who listen keeps pace, where each answer of the store takes 10 ms. */
  needed: number;
}

export interface Plan {
  /** FCODE_INDEX_SHARDS, of every service. */
  indexShards: number;
  tables: TablePlan[];
  topics: TopicPlan[];
}

/**
 * What a peak needs: units a second by table and index, which is also the warm throughput that they need, since on-demand
 * billing has nothing else to be set; shards of the indexes; partitions of the topics. What instances read every second whatever
 * anybody asks (the version of the terms, what is due, what waits to be published) is not in it.
 */
export const capacityFor = ({ claimsPerSecond, ordersPerSecond }: Peak): Plan => {
  const sum = (of: (command: 'claim' | 'order') => number): number =>
    claimsPerSecond * of('claim') + ordersPerSecond * of('order');
  const tables = services.map((table): TablePlan => {
    const of = (unit: keyof Units) => sum((command) => costs[command][table][unit]);
    const indexes = { outbox: of('outbox'), due: 0, board: of('board') };
    return { table, writeUnits: of('write'), readUnits: of('read'), indexes };
  });
  const busiest = Math.max(...tables.flatMap(({ indexes }) => Object.values(indexes)));
  return {
    indexShards: Math.max(outboxShards, 2 ** Math.ceil(Math.log2(Math.max(1, busiest / writesOfShard)))),
    tables,
    topics: topicNames.map((topic) => {
      const slowest = Math.max(...services.map((group) => sum((command) => waits[command][topic][group] ?? 0)));
      const needed = Math.max(1, Math.ceil((slowest * answerMs) / 1000));
      return { topic, partitions: topics[topic].partitions, needed };
    }),
  };
};

const topicNames = Object.keys(topics) as Topic[];
