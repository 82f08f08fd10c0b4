import { configDefaults, defineConfig } from 'vitest/config';
import { onOnePair } from './on-one-pair.ts';

export default defineConfig({
  test: {
    // Every race on both pairs of engines, but for one that is the same whatever they are.
    include: [...onOnePair, ...(process.env.FCODE_TEST_BROKERS ? ['race/**/*.spec.ts', 'cluster/**/*.spec.ts'] : [])],
    exclude: [...configDefaults.exclude, 'race/pause.spec.ts'],
    // Each file starts processes of its own and measures races: one file at a time. They share what they import, and nothing else.
    fileParallelism: false,
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Services hear of each other, and timers look, within moments; on a machine that does other things too they are longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
