export { type DynamoLocal, startDynamoLocal } from './dynamo-local.ts';
export { startKafka } from './kafka.ts';
export type { KafkaEngine, KafkaOptions, KafkaSecurity } from './kafka-engine.ts';
export * from './store-engine.ts';
export * from './store-proxy.ts';
export * from './until.ts';
