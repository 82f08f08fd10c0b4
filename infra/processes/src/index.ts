export * from './engines.ts';
export * from './process.ts';
export * from './system.ts';
