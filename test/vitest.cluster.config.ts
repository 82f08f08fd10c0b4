import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // What is of the embedded launcher alone stays out, and what is the same whatever the engines are.
    include: ['e2e/**/*.spec.ts', 'race/**/*.spec.ts', 'cluster/**/*.spec.ts'],
    exclude: [...configDefaults.exclude, 'e2e/kill.spec.ts', 'race/pause.spec.ts'],
    // Each file starts processes of its own and measures races: one file at a time.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // Services hear of each other, and timers look, within moments; on a machine that does other things too they are longer.
    expect: { poll: { timeout: 10_000 } },
  },
});
