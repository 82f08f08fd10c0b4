import { configDefaults, defineConfig } from 'vitest/config';
import { onOnePair } from './on-one-pair.ts';

export default defineConfig({
  test: {
    include: ['**/*.spec.ts'],
    // They need a browser, or a broker, which not every machine has: browser/run.ts and cluster/run.ts run them.
    exclude: [...configDefaults.exclude, 'browser/**', 'cluster/**', 'chaos/**', ...onOnePair],
    // Each file starts processes of its own and measures races: one file at a time. They share what they import, and nothing else.
    fileParallelism: false,
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Services hear of each other, and timers look, within moments; on a machine that does other things too they are longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
