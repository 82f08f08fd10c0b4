#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Whoever reads us may stop early: `fcode grant export … | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// Most of the time of a short command is that of reading the program: the second time, Node has it compiled.
enableCompileCache();
const { run } = await import('./program.ts');
await run(process.argv.slice(2));
