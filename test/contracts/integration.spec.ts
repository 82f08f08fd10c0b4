import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { startEmbedded } from '../support/embedded.ts';

const root = new URL('../../', import.meta.url).pathname;
const document = readFileSync(`${root}docs/checkout.md`, 'utf8');
const blocks = [...document.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block as string);
const claim = /\/\/ (\S.* === .*)$/;

/** The document's code as one program: what a line says of itself is checked when it has run. */
const program = blocks
  .join('\n')
  .split('\n')
  .map((line) => {
    const said = claim.exec(line)?.[1];
    return said === undefined ? line : `${line}\nif (!(${said})) throw new Error(${JSON.stringify(said)});\ntold += 1;`;
  })
  .join('\n');

describe('the integration document', () => {
  it('is true, line by line', { timeout: 60_000 }, async () => {
    const system = await startEmbedded();
    const folder = mkdtempSync(join(root, 'test', '.document-'));
    try {
      const { url } = system;
      const ops = await system.as('ops', 'ops_1');
      const campaign = await publishDrop(ops, url, { holdSeconds: 900 });
      const codes = await grantCodes(system.as, url, [url], campaign, 2);
      writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
      const given = `const codes: string[] = ${JSON.stringify(codes)};\nlet told = 0;\n`;
      writeFileSync(join(folder, 'main.ts'), `${given}${program}\nconsole.log(told);`);
      const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'main.ts')], {
        env: { FCODE_URL: url, FCODE_TOKEN: await system.token('checkout', 'shop_1') },
        encoding: 'utf8',
      });
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      // As many as there are to read: none is skipped.
      expect(Number(stdout)).toBe(blocks.join('').match(/ === .*$/gm)?.length);
      expect(Number(stdout)).toBeGreaterThan(12);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await system.stop();
    }
  });
});
