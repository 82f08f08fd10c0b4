import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'src/fixtures/run-broker.ts',
    // Most of a Kafka spec is waiting: for a session to end, or for a broker to come back.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
