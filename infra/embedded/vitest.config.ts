import { defineConfig } from 'vitest/config';

// Every test starts whole systems: parts of a second on a machine that does nothing else, more on a busy one.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } });
