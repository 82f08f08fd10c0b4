import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Embedded, startEmbedded } from '@fcode/embedded';
import { createLogger } from '@fcode/http';
import { freePort } from '@fcode/infra/engine';
import type { Reconciliation } from '@fcode/reconcile';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runFcode, startFcode } from './fixtures/run-fcode.ts';

const contributions = 60;

let folder: string;
let system: Embedded;
let isRunning = true;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fcode-reconcile-'));
  system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'silent') });
  const authorization = `Bearer ${await system.token({ subject: 'ops_1', roles: ['ops'] })}`;
  const rows = Array.from({ length: contributions }, (_, ref) => ({
    memberId: 'm_mia',
    source: 'forum',
    ref: String(ref),
    kind: 'answer',
    occurredAt: new Date().toISOString(),
  }));
  await fetch(`${system.url}/v1/contributions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ contributions: rows }),
  });
});
const stop = async () => {
  if (isRunning) await system.stop();
  isRunning = false;
};
afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});

const reconcile = (...options: string[]) => runFcode({ FCODE_DATA: folder }, ['reconcile', ...options]);
const onFile = (work: (db: DatabaseSync) => void) => {
  const db = new DatabaseSync(join(folder, 'events.sqlite'));
  work(db);
  db.close();
};

describe('fcode reconcile', { timeout: 60_000 }, () => {
  it('reads the store of the system that runs on the folder', async () => {
    const whole = await until(
      async () => {
        const { code, out, err } = await reconcile('--json');
        expect({ code, err }).toEqual({ code: 0, err: '' });
        const found = JSON.parse(out) as Reconciliation;
        expect(found.differences).toEqual([]);
        return found.settled ? found : undefined;
      },
      'the system to come to rest',
      30,
    );
    const sums = whole.checks.find(({ name }) => name === 'sums');
    expect(sums).toEqual({ name: 'sums', about: expect.stringContaining('sum'), looked: 1, differences: 0 });

    const { code, out, err } = await startFcode({ FCODE_DATA: folder }, ['reconcile']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^CHECK +LOOKED AT +DIFFERENCES\n/);
    expect(out).toMatch(/^sums +1 +0$/m);
    expect(out.split('\n').at(-1)).toMatch(/^Of \d+ things that were looked at, all are as they must be\.$/);
  });

  it('says what to do where the system does not say where its store is, or another does', async () => {
    rmSync(join(folder, 'store.url'));
    expect(await reconcile()).toEqual({
      code: 1,
      out: '',
      err: `fcode: A system has ${folder}, and its store engine does not answer. Try again in a moment, or stop the system first: without one, its files are looked at.`,
    });
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    writeFileSync(join(folder, 'store.url'), `${endpoint}\n`);
    expect((await reconcile()).err).toContain(`and its store engine does not answer at ${endpoint}. Try again`);
    expect(await runFcode({ FCODE_DATA: folder, DYNAMODB_ENDPOINT: endpoint }, ['reconcile'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        `^fcode: The store at ${endpoint} does not answer \\(\\w+\\). Start it, or check DYNAMODB_ENDPOINT.$`,
      ),
    });
    const elsewhere = { FCODE_DATA: folder, DYNAMODB_ENDPOINT: system.storeEndpoint, FCODE_TABLE_PREFIX: 'prod' };
    expect(await runFcode(elsewhere, ['reconcile'])).toMatchObject({
      code: 1,
      err: `fcode: Tables of prod are missing at ${system.storeEndpoint}: npx fcode provision --only tables; or check FCODE_TABLE_PREFIX.`,
    });
  });

  it('opens the files itself where no system runs, whatever a killed one has left there', async () => {
    await stop();
    const { code, out, err } = await startFcode({ FCODE_DATA: folder }, ['reconcile']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/, all are as they must be\.$/);
    // And lets go of them.
    expect((await reconcile()).code).toBe(0);
  });

  it('tells what differs, fifty of them to people and all to machines, and exits with 1', async () => {
    onFile((db) => db.exec("DELETE FROM events WHERE topic = 'membership' AND body LIKE '%contribution.recorded%'"));
    const { code, out, err } = await reconcile();
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const lines = out.split('\n');
    // Each entry, and the sum that is made of them.
    const count = contributions + 1;
    const said = lines.findIndex((line) => /^Of \d+ things that were looked at, /.test(line));
    expect(lines[said]).toMatch(new RegExp(`, ${count} are not as they must be\\.$`));
    expect(lines[said + 1]).toMatch(/^sums: member\/m_mia has \d+, its ledger by the log 0$/);
    expect(lines[said + 2]).toMatch(/^ledger: ledger\/forum\/\d+ was recorded for m_mia, and no event tells so$/);
    expect(lines.slice(said + 51)).toEqual([`and ${count - 50} more; --json lists all`]);
    expect(out).toMatch(new RegExp(`^ledger +\\d+ +${contributions}$`, 'm'));

    const machines = await reconcile('--json');
    expect(machines.code).toBe(1);
    const { differences } = JSON.parse(machines.out) as Reconciliation;
    expect(differences).toHaveLength(count);
    expect(differences[0]).toEqual({
      check: 'sums',
      item: 'member/m_mia',
      what: expect.stringContaining('member/m_mia has '),
    });
  });

  it('does not judge what nobody has heard yet', async () => {
    onFile((db) => db.exec("DELETE FROM offsets WHERE consumer = 'issuance'"));
    const { out } = await reconcile();
    expect(out).toMatch(/^standings-heard +0 +-$/m);
    expect(out).toMatch(/^Not judged: .*standings-heard, .* \(1 group has events to hear: issuance \d+\)\.$/m);
  });

  it('does not compare files of two systems, and says where there is none', async () => {
    onFile((db) => db.exec("UPDATE meta SET value = 'another' WHERE key = 'installation'"));
    expect(await reconcile()).toMatchObject({
      code: 1,
      err: 'fcode: The store and the event log are of two systems. Check FCODE_DATA, or DYNAMODB_ENDPOINT and FCODE_EVENT_LOG together.',
    });
    rmSync(join(folder, 'store.sqlite'));
    expect((await reconcile()).err).toMatch(
      /^fcode: There is no store in .*store\.sqlite\. Name one with DYNAMODB_ENDPOINT/,
    );
    expect(existsSync(join(folder, 'store.sqlite'))).toBe(false);
    expect((await runFcode({}, ['reconcile'])).err).toMatch(/^fcode: There is no event log in /);
  });
});
