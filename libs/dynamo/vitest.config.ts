import { defineConfig } from 'vitest/config';

// Races of hundreds of orders against a real engine: seconds on a machine that does nothing else, more on a busy one.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } });
