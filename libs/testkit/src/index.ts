export { type DynamoLocal, type DynamoLocalOptions, startDynamoLocal } from './dynamo-local.ts';
export { startKafka } from './kafka.ts';
export type { KafkaEngine, KafkaOptions, KafkaSecurity } from './kafka-engine.ts';
export { quietPort } from './port.ts';
export * from './store-engine.ts';
export type { FaultKind, StoreFaults } from './store-faults.ts';
export * from './store-proxy.ts';
export * from './until.ts';
export * from './wire.ts';
