import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['browser/**/*.spec.ts'],
    // Each file has a browser and a system of its own, which want the whole machine.
    fileParallelism: false,
    // Of the tests of one file that may run beside each other, which each have a visitor of their own.
    maxConcurrency: 4,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Services hear of each other, and timers look, within moments; on a machine that does other things too they are longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
