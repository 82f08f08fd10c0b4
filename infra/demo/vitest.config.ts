import { defineConfig } from 'vitest/config';

// Whole stories, one after the other: parts of a minute on a busy machine.
export default defineConfig({ test: { testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } });
