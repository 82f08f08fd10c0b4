import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['browser/**/*.spec.ts'],
    // Each file has a system of its own, which wants the whole machine, and all have one browser and one process.
    fileParallelism: false,
    isolate: false,
    // Of the tests of one file that may run beside each other, which each have a visitor of their own: more would only open more
    // browser profiles, and compile the pages in each.
    maxConcurrency: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Services hear of each other, and timers look, within moments; on a machine that does other things too they are longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
