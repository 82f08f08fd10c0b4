import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.spec.ts'],
    // They need a browser, or a broker, which not every machine has: browser/run.ts and cluster/run.ts run them.
    exclude: [
      ...configDefaults.exclude,
      'browser/**',
      'cluster/**',
      'chaos/**',
      // Where a cluster is sure to run it, once is enough: releases are mixed where there are several processes.
      ...(process.env.FCODE_REQUIRE_KAFKA ? ['e2e/upgrade.spec.ts'] : []),
    ],
    // Each file starts processes of its own and measures races: one file at a time.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Services hear of each other, and timers look, within moments; on a machine that does other things too they are longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
