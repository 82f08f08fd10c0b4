import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['chaos/**/*.spec.ts'],
    // Each run wants the whole machine.
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
