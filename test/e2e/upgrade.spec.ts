import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '@fcode/event-log';
import type { CloudEvent } from '@fcode/events';
import { type ServiceName, services } from '@fcode/infra/tables';
import type { Running } from '@fcode/processes';
import { until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Calling, persistently } from '../support/calling.ts';
import { grantCodes, publishDrop } from '../support/drop.ts';
import { makeRelease, type Release } from '../support/release.ts';
import { type System, startSystem } from '../support/system.ts';

/** `code.redeemed` gets a second version, in which it is required to say whether the code was held before. */
const nextVersion = (versions: string) => (source: string) =>
  source
    .replace('export const codeRedeemed = defineEvent({', `${howOf}\nconst definition = defineEvent({`)
    .replace('  version: 1,\n', `  ${versions}\n  ${upcast}\n  ${downcast}\n`)
    .replace('    redeemedAt:', "    how: z.enum(['held', 'direct']),\n    redeemedAt:")
    .replace('export type CodeRedeemed', `${of}\nexport type CodeRedeemed`);
const howOf = "const told = (data) => ({ ...data, how: data.holdId === undefined ? 'direct' : 'held' });";
const upcast = 'upcast: (_, data) => told(data),';
const downcast = 'downcast: (_, { how, ...data }) => data,';
const of = 'export const codeRedeemed = { ...definition, of: (data) => definition.of(told(data)) };';

/** Release A is this tree; B reads the next version too; C writes it. */
let releaseB: Release;
let releaseC: Release;
beforeAll(async () => {
  [releaseB, releaseC] = await Promise.all([
    makeRelease({ file: 'libs/events/src/code-redeemed.ts', change: nextVersion('version: 2, emits: 1,') }),
    makeRelease({ file: 'libs/events/src/code-redeemed.ts', change: nextVersion('version: 2,') }),
  ]);
});
afterAll(async () => {
  await releaseB.remove();
  await releaseC.remove();
});

type Fleet = Record<ServiceName, Running>;

interface Purchase {
  code: string;
  isHeld: boolean;
}

interface Funnel {
  held: number;
  redeemed: number;
  channels: { channel: string; rewards: number }[];
}

/** One store and one log, a drop with codes, a fan with a link by whom every buyer comes, and processes of any release. */
class Shop {
  readonly system: System;
  readonly log: EventLog;
  readonly bought: Purchase[] = [];
  readonly #ops: Calling;
  readonly #checkout: Calling;
  readonly #fan: Calling;
  #campaignId = '';
  #invite = '';
  #codes: string[] = [];

  private constructor(system: System, ops: Calling, checkout: Calling, fan: Calling) {
    this.system = system;
    this.log = system.engines.openLog();
    this.#ops = ops;
    this.#checkout = checkout;
    this.#fan = fan;
  }

  static async open(): Promise<Shop> {
    const system = await startSystem({ redemption: [], issuance: [], referral: [] });
    const [ops, checkout, fan] = await Promise.all([
      system.as('ops', 'ops_1'),
      system.as('checkout', 'shop_1'),
      system.as('member', 'm_kai'),
    ]);
    return new Shop(system, ops, checkout, fan);
  }

  /** A process of each service, of one release. */
  async start(release: Release | undefined, names: readonly ServiceName[] = services): Promise<Fleet> {
    const options = release ? { root: release.root } : {};
    const started = await Promise.all(
      names.map(async (name) => [name, await this.system.add(name, {}, options)] as const),
    );
    return Object.fromEntries(started) as Fleet;
  }

  async publish({ issuance, redemption, referral }: Fleet, count: number): Promise<void> {
    this.#campaignId = await publishDrop(this.#ops, issuance.url);
    this.#codes = await grantCodes(this.system.as, issuance.url, [redemption.url], this.#campaignId, count);
    const made = await until(
      async () => {
        const wish = { campaignId: this.#campaignId, channel: 'messenger' };
        const answer = await this.#fan(referral.url, 'POST', '/v1/me/links', wish);
        return answer.status === 201 ? answer : undefined;
      },
      'referral to know the campaign',
      20,
    );
    this.#invite = String(made.body.linkId);
  }

  /** One more code is bought by one more friend; every other is held first. `send` decides what is asked of whom. */
  async buy(send: (ask: (url: string) => Promise<Answer>) => Promise<Answer>): Promise<Purchase> {
    const number = this.#codes.length;
    const purchase = { code: this.#codes.pop() as string, isHeld: number % 2 === 0 };
    const orderId = String(number);
    const order = { code: purchase.code, orderId, sku: 'PHONE-1', invite: this.#invite };
    const take = { ...order, buyer: { memberId: `m_friend_${number}` } };
    const checkout = async (verb: string, body: object) => {
      const answer = await send((url) => this.#checkout(url, 'POST', `/v1/checkout/${verb}`, body));
      expect([verb, answer.status, answer.text]).toEqual([verb, 200, answer.text]);
      return answer;
    };
    if (purchase.isHeld) {
      const { body } = await checkout('hold', take);
      await checkout('confirm', { holdId: body.holdId, orderId });
    } else {
      await checkout('redeem', take);
    }
    this.bought.push(purchase);
    return purchase;
  }

  async buyAt(url: string, count: number): Promise<void> {
    for (let each = 0; each < count; each += 1) await this.buy((ask) => persistently(() => ask(url)));
  }

  /** Asks of the services that only read. */
  glance(number: number, fleet: Fleet): Promise<Answer> {
    const glances = [
      () => this.#ops(fleet.issuance.url, 'GET', `/v1/campaigns/${this.#campaignId}`),
      () => this.#fan(fleet.membership.url, 'GET', '/v1/me/standing'),
      () => this.#fan(fleet.referral.url, 'GET', '/v1/me/links'),
      () => this.#ops(fleet.insights.url, 'GET', `/v1/funnels/${this.#campaignId}`),
    ];
    return (glances[number % glances.length] as () => Promise<Answer>)();
  }

  async funnel({ insights }: Fleet): Promise<Funnel> {
    return (await this.#ops(insights.url, 'GET', `/v1/funnels/${this.#campaignId}`)).body as unknown as Funnel;
  }

  async history({ insights }: Fleet, { code }: Purchase): Promise<string[]> {
    const { body } = await this.#ops(insights.url, 'POST', '/v1/codes/history', { code });
    return (body.entries as { type: string }[]).map(({ type }) => type);
  }

  async standing({ membership }: Fleet): Promise<string> {
    return (await this.#fan(membership.url, 'GET', '/v1/me/standing')).text;
  }

  async deadLetters(): Promise<{ group: string; reason: string }[]> {
    return (await Promise.all(services.map((group) => this.log.deadLetters(group, 1000)))).flat();
  }

  /** What the log has of redemptions. */
  async redeemed(): Promise<CloudEvent[]> {
    const partitions = Array.from({ length: this.log.partitions('redemption') }, async (_, partition) => {
      const events: CloudEvent[] = [];
      for (let from = 0; ; ) {
        const page = await this.log.read('redemption', partition, from, 500);
        const last = page.at(-1);
        if (!last) return events;
        events.push(...page.map(({ event }) => event));
        from = last.offset + 1;
      }
    });
    const events = (await Promise.all(partitions)).flat();
    return events.filter(({ type }) => type.startsWith('fcode.code.redeemed.'));
  }

  async versions(): Promise<string[]> {
    return [...new Set((await this.redeemed()).map(({ type }) => type))].sort();
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.system.stop();
  }
}

/** Customers who go on buying and looking while processes come and go; each tries again once, with another process. */
class Customers {
  /** Those that run, each a target in turn. */
  fleets: Fleet[];
  asked = 0;
  retried = 0;
  readonly failed: string[] = [];
  readonly #shop: Shop;
  readonly #running: Promise<void>;
  #stopped = false;
  #turn = 0;

  constructor(shop: Shop, fleets: Fleet[]) {
    this.#shop = shop;
    this.fleets = fleets;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const buying = this.#shop.buy((ask) => this.#ask(({ redemption }) => ask(redemption.url)));
      const looking = this.#ask((fleet) => this.#shop.glance(number, fleet));
      await Promise.allSettled([buying, looking, sleep(100)]);
    }
  }

  async #ask(ask: (fleet: Fleet) => Promise<Answer>): Promise<Answer> {
    this.asked += 1;
    this.#turn += 1;
    let turn = this.#turn;
    const once = () => ask(this.fleets[turn++ % this.fleets.length] as Fleet);
    try {
      const answer = await once();
      if (answer.status === 200) return answer;
    } catch {
      // A process that has just ended.
    }
    this.retried += 1;
    await sleep(250);
    const answer = await once().catch((error: unknown) => String(error));
    if (typeof answer === 'string' || answer.status !== 200) {
      this.failed.push(typeof answer === 'string' ? answer : answer.text);
      throw new Error(`failed twice: ${this.failed.at(-1)}`);
    }
    return answer;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }
}

/** Everything that was bought has had its consequences, each once, as one process of each service sees it. */
const expectComplete = async (shop: Shop, fleet: Fleet): Promise<void> => {
  const bought = shop.bought.length;
  const isThere = async () => ((await shop.funnel(fleet)).channels[0]?.rewards ?? 0) >= bought;
  await until(isThere, 'the rewards', 40);
  expect(await shop.funnel(fleet)).toMatchObject({
    held: shop.bought.filter(({ isHeld }) => isHeld).length,
    redeemed: bought,
    channels: [{ channel: 'messenger', referrals: bought, rewards: bought, points: 20 * bought }],
  });
  for (const purchase of shop.bought) {
    const first = purchase.isHeld ? ['code.held', 'code.redeemed'] : ['code.redeemed'];
    const whole = [...first, 'referral.made', 'reward.pending', 'reward.vested'];
    const isWhole = async () => (await shop.history(fleet, purchase)).length >= whole.length;
    await until(isWhole, `the history of ${purchase.code}`);
    expect(await shop.history(fleet, purchase)).toEqual(whole);
  }
  const isCounted = async () => (await shop.standing(fleet)).includes(`"kind":"referral","count":${bought}`);
  await until(isCounted, 'every reward to be a contribution, once', 20);
};

/** In order on SIGTERM, one service after another, as it is done on a rolling upgrade. */
const stopAll = async (fleet: Fleet): Promise<void> => {
  for (const name of services) expect([name, await fleet[name].stop()]).toEqual([name, 0]);
};

describe("an upgrade by way of a release that reads an event's next version before any writes it", () => {
  let shop: Shop;
  let before: Fleet;
  let between: Fleet;
  let after: Fleet;
  let customers: Customers | undefined;
  beforeAll(async () => {
    shop = await Shop.open();
    [before, between] = await Promise.all([shop.start(undefined), shop.start(releaseB)]);
    await shop.publish(before, 1000);
  });
  afterAll(async () => {
    await customers?.stop();
    await shop.close();
  });

  it('mixes the release of before with the one between: all is heard, and all in the log is of version 1', async () => {
    customers = new Customers(shop, [before, between]);
    await shop.buyAt(before.redemption.url, 6);
    await shop.buyAt(between.redemption.url, 6);
    await customers.stop();
    expect(customers.failed).toEqual([]);
    await expectComplete(shop, before);
    await expectComplete(shop, between);
    expect(await shop.versions()).toEqual(['fcode.code.redeemed.v1']);
    expect(await shop.deadLetters()).toEqual([]);
  });

  it('goes on from the one to the next under load: versions 1 and 2 are in the log, and all is heard', async () => {
    customers = new Customers(shop, [between, before]);
    await sleep(500);
    // Nobody tells the customers until it is over.
    await stopAll(before);
    customers.fleets = [between];
    after = await shop.start(releaseC);
    customers.fleets = [between, after];
    await shop.buyAt(between.redemption.url, 6);
    await shop.buyAt(after.redemption.url, 6);
    await customers.stop();
    expect(customers.failed).toEqual([]);
    expect(customers.asked).toBeGreaterThan(20);
    await expectComplete(shop, between);
    await expectComplete(shop, after);
    expect(await shop.versions()).toEqual(['fcode.code.redeemed.v1', 'fcode.code.redeemed.v2']);
    expect(await shop.deadLetters()).toEqual([]);
  });

  it('publishes from the release between what the one after committed before it was killed', async () => {
    // Nothing answers on port 1: it commits, and cannot publish.
    const cutOff = { FCODE_EVENT_LOG: 'kafka:127.0.0.1:1' };
    const doomed = await shop.system.add('redemption', cutOff, { root: releaseC.root });
    const told = new Set((await shop.redeemed()).map(({ id }) => id));
    // So that the relay is the other release's.
    expect(await after.redemption.stop()).toBe(0);
    await shop.buyAt(doomed.url, 2);
    await doomed.kill();
    const late = await until(
      async () => {
        const events = (await shop.redeemed()).filter(({ id }) => !told.has(id));
        return new Set(events.map(({ id }) => id)).size === 2 ? events : undefined;
      },
      'the relay',
      20,
    );
    expect(new Set(late.map(({ type }) => type))).toEqual(new Set(['fcode.code.redeemed.v1']));
    await expectComplete(shop, after);
    expect(new Set((await shop.redeemed()).map(({ id }) => id)).size).toBe(shop.bought.length);
    expect(await shop.deadLetters()).toEqual([]);
  });
});

describe('an upgrade in one step', () => {
  let shop: Shop;
  let before: Fleet;
  beforeAll(async () => {
    shop = await Shop.open();
    before = await shop.start(undefined);
    await shop.publish(before, 40);
  });
  afterAll(() => shop.close());

  it('makes dead letters of what the release of before cannot read, and a replay after the upgrade heals it', async () => {
    const { redemption } = await shop.start(releaseC, ['redemption']);
    await shop.buyAt(before.redemption.url, 4);
    await shop.buyAt(redemption.url, 8);
    const listeners: ServiceName[] = ['issuance', 'referral', 'insights'];
    const letters = await until(
      async () => {
        const found = await shop.deadLetters();
        return found.length >= 8 * listeners.length ? found : undefined;
      },
      'the dead letters',
      30,
    );
    const perGroup = listeners.map((name) => letters.filter(({ group }) => group === name).length);
    expect(perGroup).toEqual([8, 8, 8]);
    for (const { reason } of letters) {
      expect(reason).toMatch(/code\.redeemed\.v2 is newer than version 1.*upgrade first/);
    }

    await stopAll(before);
    const after = { ...(await shop.start(releaseC, ['membership', ...listeners])), redemption };
    for (const group of listeners) expect(await shop.log.replayDeadLetters(group)).toBe(8);
    await expectComplete(shop, after);
    await until(async () => (await shop.deadLetters()).length === 0, 'no dead letter to be left', 20);
    // Again, as ops may: nothing is left to be replayed, and nothing happens twice.
    for (const group of listeners) expect(await shop.log.replayDeadLetters(group)).toBe(0);
    await expectComplete(shop, after);
  });
});
