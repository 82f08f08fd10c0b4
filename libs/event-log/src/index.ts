export { type EmbeddedLog, type EmbeddedLogOptions, openEmbeddedLog } from './embedded.ts';
export * from './event-log.ts';
export type { KafkaAccess } from './kafka/client.ts';
export { describeGroups, type GroupDescription } from './kafka/groups.ts';
export { ensureTopics } from './kafka/topics.ts';
export { logOptionsOf } from './log-options.ts';
export { brokersOf, type OpenOptions, openEventLog } from './open.ts';
export { partitionOf, placeOf, type Topics } from './place.ts';
