export * from './client.ts';
export type { Listed, Page } from './pages.ts';
export { FcodeProblem } from './problem.ts';
export { resultLine, resultsHead } from './results-csv.ts';
export type * from './schema.d.ts';
