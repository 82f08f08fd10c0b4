// npm run openapi: writes openapi.json as the system serves it now, and the types made from it.
import { writeFile } from 'node:fs/promises';
import { startSystem } from '../src/fixtures/system.ts';
import { documentFile, printed, schemaFile, typesOf } from './document.ts';

const system = await startSystem();
try {
  const document = printed(await (await fetch(`${system.url}/openapi.json`)).json());
  await writeFile(documentFile, document);
  await writeFile(schemaFile, await typesOf(document));
} finally {
  await system.stop();
}
