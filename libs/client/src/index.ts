export * from './client.ts';
export type { Listed, Page } from './pages.ts';
export { FcodeProblem } from './problem.ts';
export type * from './schema.d.ts';
