export { type EmbeddedLog, type EmbeddedLogOptions, openEmbeddedLog } from './embedded.ts';
export * from './event-log.ts';
export { openEventLog } from './open.ts';
export { partitionOf, placeOf, type Topics } from './place.ts';
