export * from './store-engine.ts';
export * from './store-proxy.ts';
export * from './until.ts';
