import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Calling } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { type Embedded, startEmbedded } from '../support/embedded.ts';

const root = new URL('../../', import.meta.url).pathname;
const readme = readFileSync(`${root}README.md`, 'utf8');

describe("the README's checkout in ten lines", () => {
  let system: Embedded;
  let folder: string;
  let ops: Calling;
  let codes: string[];

  beforeAll(async () => {
    system = await startEmbedded();
    ops = await system.as('ops', 'ops_1');
    const { url } = system;
    const campaign = await publishDrop(ops, url);
    codes = await grantCodes(system.as, url, [url], campaign, 3);
    // Inside the workspace, so that it finds the client as any package of it would.
    folder = mkdtempSync(join(root, 'test', '.readme-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
    writeFileSync(join(folder, 'checkout.ts'), example ?? '');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await system.stop();
  });

  const run = async (script: string): Promise<Record<string, string>> => {
    writeFileSync(join(folder, 'main.ts'), `import { checkout, whyNot } from './checkout.ts';\n${script}`);
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, 'main.ts')], {
      env: { FCODE_URL: system.url, FCODE_TOKEN: await system.token('checkout', 'shop_1') },
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return JSON.parse(stdout) as Record<string, string>;
  };
  const order = (id: string, code: string | undefined) =>
    JSON.stringify({ id, sku: 'PHONE-1', email: `${id}@example.com`, code });

  it('has about ten lines', () => {
    const lines = (/```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').split('\n').filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThanOrEqual(12);
  });

  it('sells, gives back what is declined, and names the refusal', async () => {
    expect(
      await run(`console.log(JSON.stringify(await checkout(${order('1', codes[0])}, async () => true)))`),
    ).toMatchObject({
      status: 'redeemed',
      orderId: '1',
    });
    expect(
      await run(`console.log(JSON.stringify(await checkout(${order('2', codes[1])}, async () => false)))`),
    ).toMatchObject({
      status: 'released',
    });
    expect(
      await run(
        `try { await checkout(${order('3', codes[0])}, async () => true) } catch (error) { console.log(JSON.stringify({ word: whyNot(error) })) }`,
      ),
    ).toEqual({ word: 'code_not_usable' });
  });
});
