import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { documentFile, schemaFile, typesOf } from '../scripts/document.ts';
import { startSystem } from './fixtures/system.ts';

// When one of these fails, the API has changed: run `npm run openapi`, and commit what it writes.

it('openapi.json is the document that the system serves (if not: npm run openapi)', { timeout: 30_000 }, async () => {
  const system = await startSystem();
  try {
    const served: unknown = await (await fetch(`${system.url}/openapi.json`)).json();
    expect(JSON.parse(await readFile(documentFile, 'utf8'))).toEqual(served);
  } finally {
    await system.stop();
  }
});

it('schema.d.ts is made from openapi.json (if not: npm run openapi)', { timeout: 30_000 }, async () => {
  const made = await typesOf(await readFile(documentFile, 'utf8'));
  expect(await readFile(schemaFile, 'utf8')).toBe(made);
});
