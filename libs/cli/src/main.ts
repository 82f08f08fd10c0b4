#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Most of the time of a short command is that of reading the program: the second time, Node has it compiled.
enableCompileCache();
await import('./program.ts');
