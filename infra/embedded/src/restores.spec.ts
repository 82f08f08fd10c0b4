import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLogger, type Role, signToken } from '@fcode/http';
import { freePort } from '@fcode/infra/engine';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Embedded, startEmbedded } from './embedded.ts';
import { emptyFolder, enginesOn, killRunning, removeFolders, startMain } from './fixtures/folders.ts';
import {
  copied,
  frozen,
  type Items,
  inLog,
  itemsAt,
  itemsIn,
  lagIn,
  mixed,
  type Row,
  rowsIn,
  type Tables,
  unmarked,
  unpublishedAt,
} from './fixtures/instants.ts';

const soon = { timeout: 20_000, interval: 150 };
const open: Embedded[] = [];
const start = async (folder: string): Promise<Embedded> => {
  const system = await startEmbedded({ folder, port: 0, logger: createLogger('fcode', 'silent') });
  open.push(system);
  return system;
};
afterEach(async () => {
  killRunning();
  for (const system of open.splice(0)) await system.stop();
});
afterAll(removeFolders);

type Ask = (role: Role, subject: string, method: string, path: string, body?: object) => Promise<Told>;
interface Told {
  status: number;
  text: string;
  body: Record<string, unknown>;
}
const asking = (url: string, folder: string): Ask => {
  const { jwtSecret } = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as { jwtSecret: string };
  return async (role, subject, method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await signToken(jwtSecret, { subject, roles: [role] })}`,
        'idempotency-key': randomUUID(),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, text, body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {} };
  };
};
const askOf = ({ url, folder }: Embedded): Ask => asking(url, folder);

/** A campaign that is open, with so many codes for bearers. */
const publish = async (ask: Ask, count: number) => {
  const ops = async (method: string, path: string, body?: object, subject = 'ops_1') => {
    const told = await ask('ops', subject, method, path, body);
    if (told.status >= 300) throw new Error(told.text);
    return told;
  };
  const created = await ops('POST', '/v1/campaigns', {
    name: 'Drop',
    skus: ['PHONE-1'],
    startsAt: new Date(Date.now() - 1000).toISOString(),
    endsAt: new Date(Date.now() + 86_400_000).toISOString(),
    quota: 10_000,
    allotment: { fan: 100 },
    buyerLimit: 0,
    holdSeconds: 60,
  });
  const campaign = String(created.body.campaignId);
  await ops('POST', `/v1/campaigns/${campaign}/publish`, {});
  const grants = `/v1/campaigns/${campaign}/grants`;
  const asked = await ops('POST', grants, { to: { bearer: count }, reason: 'test', reference: 'T-1' });
  const grant = `${grants}/${String(asked.body.grantId)}`;
  await ops('POST', `${grant}/approve`, {}, 'ops_2');
  const { batch } = (await ops('GET', grant)).body;
  const csv = await ops('GET', `/v1/campaigns/${campaign}/batches/${Number(batch)}/codes.csv`);
  const codes = csv.text
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(',')[0] as string);
  const check = { code: codes[0], sku: 'PHONE-1' };
  await vi.waitUntil(
    async () => (await ask('checkout', 'shop_1', 'POST', '/v1/checkout/check', check)).status === 200,
    soon,
  );
  return { campaign, codes };
};
let orders = 0;
const orderOf = (code: string) => {
  orders += 1;
  return { code, orderId: `o${orders}`, sku: 'PHONE-1', buyer: { email: `o${orders}@example.com` } };
};
const redeem = (ask: Ask, code: string) => ask('checkout', 'shop_1', 'POST', '/v1/checkout/redeem', orderOf(code));

const typeOf = ({ type }: Row['event']): string => type.replace(/^fcode\.|\.v\d+$/g, '');
const byId = (rows: readonly Row[]): Map<string, Row> => new Map(rows.map((row) => [row.event.id, row]));

/** Everybody has heard everything, and no item has anything left to tell. */
const isAtRest = async ({ storeEndpoint, folder }: Embedded): Promise<boolean> => {
  if (lagIn(folder) > 0) return false;
  return (await unpublishedAt(storeEndpoint)) === 0;
};
const rest = async (system: Embedded): Promise<void> => {
  await vi.waitUntil(() => isAtRest(system), soon);
};

const sequenceIn = (items: Items, name: string): number => Number(items.get(name)?.state.sequence?.N ?? 0);

/** What is short of an event in the tables of those who listen. */
const shortOf = (tables: Tables, { event }: Row): string[] => {
  const type = typeOf(event);
  const data = event.data as { redemptionId?: string; memberId?: string };
  const sequence = Number(event.sequence);
  const has = (service: keyof Tables, name: string) =>
    tables[service].has(name) ? [] : [`${service} has no ${name} of ${type}`];
  const isUpTo = (service: keyof Tables, name: string) =>
    sequenceIn(tables[service], name) >= sequence ? [] : [`${service} has ${name} as before ${event.id}`];
  const seen = has('insights', `seen/${event.id}#seen`);
  switch (type) {
    case 'code.claimed':
      return [
        ...seen,
        ...has('referral', `${event.subject}#claim`),
        ...has('insights', `${event.subject}#0/${event.sequence}`),
      ];
    case 'code.held':
      return [
        ...seen,
        ...isUpTo('issuance', `${event.subject}#status`),
        ...has('insights', `${event.subject}#1/${event.sequence}`),
      ];
    case 'code.released':
      return [
        ...isUpTo('issuance', `${event.subject}#status`),
        ...has('insights', `${event.subject}#1/${event.sequence}`),
      ];
    case 'code.redeemed':
      return [
        ...seen,
        ...isUpTo('issuance', `${event.subject}#status`),
        ...has('insights', `${event.subject}#1/${event.sequence}`),
        ...has('referral', `${event.subject}#purchase/${data.redemptionId}`),
      ];
    case 'referral.made':
      return seen;
    case 'score.changed':
      return isUpTo('issuance', `member/${data.memberId}#standing`);
    default:
      return [];
  }
};

/** What an accepted pair is short of after it has come to rest. `before`: its store; `history`: everything ever said. */
const missing = async (system: Embedded, before: Tables, history: ReadonlyMap<string, Row>): Promise<string[]> => {
  await rest(system);
  const tables = await itemsAt(system.storeEndpoint);
  await system.stop();
  const rows = await rowsIn(system.folder);
  const events = byId(rows);
  const short: string[] = [];
  // Nothing that the store had is gone, and all of it has been told.
  for (const [service, items] of Object.entries(before)) {
    for (const [name, { seq }] of items) {
      if ((tables[service as keyof Tables].get(name)?.seq ?? 0) < seq) short.push(`${service} ${name} went back`);
    }
  }
  for (const [id, { topic, event }] of history) {
    const item = before[topic].get(event.aggregate);
    if (item && item.seq >= Number(event.sequence) && !events.has(id)) short.push(`the log has no ${id}`);
  }
  const redeemed = [...events.values()].filter(({ event }) => typeOf(event) === 'code.redeemed');
  const told = new Set(redeemed.map(({ event }) => event.subject));
  for (const { pk, sk, state } of tables.redemption.values()) {
    if (sk === 'life' && state.status?.S === 'redeemed' && !told.has(pk))
      short.push(`${pk} was redeemed without an event`);
  }
  // The store knows of everything that the log tells, and so does everybody who listens; once.
  for (const row of events.values()) {
    const { topic, event } = row;
    if ((tables[topic].get(event.aggregate)?.seq ?? 0) < Number(event.sequence))
      short.push(`${event.id} never happened`);
    short.push(...shortOf(tables, row));
  }
  const totals = [...tables.insights.values()].filter(({ sk }) => sk.startsWith('totals/'));
  const counted = totals.reduce((sum, { state }) => sum + Number(state.redeemed?.N), 0);
  if (counted !== redeemed.length) short.push(`${redeemed.length} redemptions are counted as ${counted}`);
  return short;
};

const notOneInstant =
  /^The store and the event log in \S+ are not of one instant: .*\. Restore store\.sqlite and events\.sqlite/;

describe('files of several instants under load', () => {
  const instants = 4;
  const snapshots: string[] = [];
  const stores: Tables[] = [];
  let history: Map<string, Row>;
  let firstRows: Row[];

  beforeAll(async () => {
    const folder = emptyFolder();
    const port = await freePort();
    const main = startMain({ FCODE_DATA: folder, PORT: String(port) }, { args: ['--empty'] });
    await main.started;
    const ask = asking(`http://127.0.0.1:${port}`, folder);
    const { campaign, codes } = await publish(ask, 5000);
    const stop = { now: false };
    let done = 0;
    const shopping = async () => {
      for (let turn = 0; !stop.now; turn += 1) {
        const order = orderOf(codes.pop() as string);
        if (turn % 3 === 0) {
          await ask('checkout', 'shop_1', 'POST', '/v1/checkout/redeem', order);
        } else {
          const { body } = await ask('checkout', 'shop_1', 'POST', '/v1/checkout/hold', order);
          const verb = turn % 3 === 1 ? 'confirm' : 'release';
          await ask('checkout', 'shop_1', 'POST', `/v1/checkout/${verb}`, {
            holdId: body.holdId,
            orderId: order.orderId,
          });
        }
        done += 1;
      }
    };
    const sharing = async (memberId: string) => {
      for (let turn = 0; !stop.now; turn += 1) {
        const { body } = await ask('member', memberId, 'POST', `/v1/campaigns/${campaign}/claims`, {});
        if (typeof body.code === 'string') await redeem(ask, body.code);
        const row = {
          memberId,
          source: 'forum',
          ref: `${memberId}/${turn}`,
          kind: 'post',
          occurredAt: new Date().toISOString(),
        };
        await ask('ops', 'ops_1', 'POST', '/v1/contributions', { contributions: [row] });
        done += 1;
      }
    };
    const load = [...Array.from({ length: 6 }, shopping), ...['m_1', 'm_2', 'm_3'].map(sharing)];
    const pids = [main.process.pid as number, ...enginesOn(folder)];
    for (let taken = 0; taken < instants; taken += 1) {
      const from = done;
      await vi.waitUntil(() => done >= from + 40, soon);
      // All of it stands still at once, as it is when the machine is.
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      snapshots.push(frozen(folder));
      for (const pid of pids.toReversed()) process.kill(pid, 'SIGCONT');
    }
    stop.now = true;
    await Promise.all(load);
    await vi.waitUntil(() => lagIn(folder) === 0, soon);
    main.process.kill('SIGTERM');
    await main.exited;
    firstRows = await rowsIn(folder);
    history = byId(firstRows);
    for (const snapshot of snapshots) stores.push(await itemsIn(snapshot));
  }, 40_000);

  it('are taken when they are of the same, and else refused, or nothing is short', async () => {
    const taken: string[] = [];
    const atRest: Promise<string[]>[] = [];
    const begin = async (store: number, log: number): Promise<void> => {
      const folder = mixed({ store: snapshots[store] as string, log: snapshots[log] as string });
      try {
        const system = await start(folder);
        taken.push(`${store} ${log}`);
        const found = missing(system, stores[store] as Tables, history);
        atRest.push(found.then((short) => short.map((what) => `store ${store}, log ${log}: ${what}`)));
      } catch (error) {
        const older = store < log ? 'store.sqlite is the older' : 'events.sqlite is the older';
        expect((error as Error).message).toMatch(notOneInstant);
        expect((error as Error).message).toContain(older);
        expect(enginesOn(folder)).toEqual([]);
      }
    };
    const all = Array.from({ length: instants }, (_, instant) => instant);
    for (const store of all) await Promise.all(all.map((log) => begin(store, log)));
    expect((await Promise.all(atRest)).flat()).toEqual([]);
    // A pair of two instants may be taken where nothing is short; in a rush something always is.
    expect(taken).toEqual(all.map((instant) => `${instant} ${instant}`));
  }, 60_000);

  it('have in an item what the store does not know to be in the log', () => {
    for (const { redemption, membership, issuance, referral } of stores) {
      const tables = { redemption, membership, issuance, referral };
      const last = Number(redemption.get('installation#log')?.state.last?.N);
      expect(last).toBeGreaterThan(0);
      const gone = firstRows.filter(({ row, topic, event }) => {
        const item = tables[topic].get(event.aggregate);
        const sequence = Number(event.sequence);
        const isCovered = firstRows.some((other) => other.row <= last && other.event.id === event.id);
        return row > last && !isCovered && sequence <= (item?.seq ?? 0) && !item?.outbox.includes(sequence);
      });
      expect(gone.map(({ event }) => event.id)).toEqual([]);
    }
  });

  it('are refused when the log went on from an older copy', async () => {
    const [first, second] = snapshots as [string, string];
    const system = await start(mixed({ store: first, log: first }));
    const enough = Number(stores[1]?.redemption.get('installation#log')?.state.last?.N);
    // Each tells of one event at least.
    const { codes } = await publish(askOf(system), Math.max(1, enough - (await rowsIn(first)).length));
    await Promise.all(codes.map((code) => redeem(askOf(system), code)));
    await rest(system);
    await system.stop();
    expect((await rowsIn(system.folder)).length).toBeGreaterThan(enough);
    await expect(start(mixed({ store: second, log: system.folder }))).rejects.toThrow('went on from an older copy');
    // And the other way round.
    await expect(start(mixed({ store: system.folder, log: second }))).rejects.toThrow(
      'knows nothing of the start that wrote store.sqlite',
    );
  });
});

describe('files of a small system', () => {
  it('are taken both ways when nothing happened between them', async () => {
    const system = await start(emptyFolder());
    const { codes } = await publish(askOf(system), 3);
    await redeem(askOf(system), codes[0] as string);
    await rest(system);
    // The mark follows within a second.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const first = copied(system.folder);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const second = copied(system.folder);
    await system.stop();
    const history = byId(await rowsIn(second));
    const items = await itemsIn(first);
    for (const [store, log] of [
      [first, second],
      [second, first],
      [first, system.folder],
      [system.folder, second],
    ] as const) {
      const again = await start(mixed({ store, log }));
      expect(again.isFirstStart).toBe(false);
      expect(await missing(again, items, history)).toEqual([]);
    }
  });

  it('are handed over again to a listener whose effects the store has not, and have them once', async () => {
    const began = await start(emptyFolder());
    const { codes } = await publish(askOf(began), 3);
    await rest(began);
    await began.stop();
    // Somebody else reads for insights, and does nothing.
    inLog(began.folder, `INSERT INTO readers VALUES ('insights', 'nobody', ${Date.now() + 3_600_000})`);
    const system = await start(began.folder);
    await redeem(askOf(system), codes[0] as string);
    const isClear = async () =>
      [...(await itemsAt(system.storeEndpoint)).redemption.values()].every(({ outbox }) => outbox.length === 0);
    await vi.waitUntil(isClear, soon);
    // The others have heard it, and the mark says so.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const store = copied(system.folder);
    expect([...(await itemsIn(store)).insights.keys()].join()).not.toMatch(/(^|,)(code|order)\//);
    inLog(began.folder, "DELETE FROM readers WHERE owner = 'nobody'");
    await rest(system);
    await system.stop();

    const history = byId(await rowsIn(system.folder));
    const again = await start(mixed({ store, log: system.folder }));
    expect(await missing(again, await itemsIn(store), history)).toEqual([]);
  });

  it('are refused both ways when both went on from the same copy', async () => {
    const began = await start(emptyFolder());
    const { codes } = await publish(askOf(began), 3);
    await rest(began);
    await began.stop();
    const branches: string[] = [];
    for (const _ of [1, 2]) {
      const system = await start(mixed({ store: began.folder, log: began.folder }));
      await redeem(askOf(system), codes[0] as string);
      await rest(system);
      await system.stop();
      branches.push(system.folder);
    }
    const [one, other] = branches as [string, string];
    for (const [store, log] of [
      [one, other],
      [other, one],
    ] as const) {
      await expect(start(mixed({ store, log }))).rejects.toThrow('knows nothing of the start that wrote store.sqlite');
    }
  });

  it('are refused when something else happened in the store in place of what the log tells', async () => {
    const system = await start(emptyFolder());
    const { codes } = await publish(askOf(system), 3);
    await rest(system);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const before = copied(system.folder);
    // While the log takes nothing, it stays with the store.
    const held = new DatabaseSync(join(system.folder, 'events.sqlite'));
    held.exec('BEGIN IMMEDIATE');
    await redeem(askOf(system), codes[0] as string);
    const store = copied(system.folder);
    held.exec('ROLLBACK');
    held.close();
    await system.stop();
    const branch = await start(before);
    await redeem(askOf(branch), codes[0] as string);
    await rest(branch);
    await branch.stop();
    await expect(start(mixed({ store, log: branch.folder }))).rejects.toThrow(
      'something else happened in place of fcode.code.redeemed.v1',
    );
    // With the log of its own instant it is as if it had been killed.
    const history = byId(await rowsIn(system.folder));
    const again = await start(frozen(store));
    expect(await missing(again, await itemsIn(store), history)).toEqual([]);
  });
});

describe('a folder of before marks were kept', () => {
  it('is taken once, also when that start was broken off, and then told from an older store', async () => {
    const system = await start(emptyFolder());
    const { codes } = await publish(askOf(system), 3);
    await rest(system);
    await system.stop();
    const before = await unmarked(system.folder);
    const taken = await start(mixed({ store: before, log: before }));
    expect(taken.isFirstStart).toBe(false);
    await redeem(askOf(taken), codes[0] as string);
    await rest(taken);
    await taken.stop();
    await expect(start(mixed({ store: before, log: taken.folder }))).rejects.toThrow('store.sqlite is the older');
    // The log knew of the start, and the store did not yet.
    const isOn = { id: 'x', last: (await rowsIn(before)).length };
    inLog(before, `INSERT INTO meta VALUES ('boots', '${JSON.stringify([isOn])}')`);
    expect((await start(before)).isFirstStart).toBe(false);
  });
});
