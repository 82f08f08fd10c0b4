export * from './client.ts';
export { FcodeProblem } from './problem.ts';
export type * from './schema.d.ts';
