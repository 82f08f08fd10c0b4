export * from './allotment.ts';
export * from './cutoffs.ts';
export * from './decided.ts';
export * from './decision.ts';
export * from './effect.ts';
export * from './policy.ts';
export * from './standing.ts';
export * from './unavailable.ts';
