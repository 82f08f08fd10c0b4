import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { defaultPolicy } from '@fcode/policy';
import { startStoreProxy, until } from '@fcode/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Clicks } from './clicks.ts';
import { type Bench, startBench } from './fixtures/bench.ts';
import { campaignAnnounced, campaignId, claimed, iso, noon } from './fixtures/story.ts';

let bench: Bench;
let referral: ReturnType<Bench['openApp']>;
beforeAll(async () => {
  bench = await startBench();
  referral = bench.openApp();
  await referral.service.start();
  await bench.desk.hear(campaignAnnounced());
});
afterEach(() => {
  bench.log.away = false;
});
afterAll(() => bench.stop());

let members = 0;
const newLink = () => {
  members += 1;
  return bench.desk.linkOf(`m_sharer${members}`, { campaignId });
};
/** Ids of the clicks on a link that are in the log, each as often as it is there. */
const clicksOn = async (linkId: string) =>
  (await bench.logged('link.clicked')).filter(({ data }) => (data as { linkId: string }).linkId === linkId);
const arrived = (linkId: string, count = 1) =>
  until(async () => {
    const clicks = await clicksOn(linkId);
    return clicks.length >= count ? clicks : undefined;
  }, `${count} clicks`);
const openLink = async (linkId: string, { app = referral, method = 'GET', headers = {} } = {}) => {
  const started = performance.now();
  const answer = await app.send(method, `/i/${linkId}`, undefined, undefined, headers);
  return { status: answer.status, headers: answer.headers, ms: performance.now() - started };
};
/** Nothing of the ones before it is on its way any more when this one's click is in the log. */
const allArrived = async () => {
  const last = await newLink();
  await openLink(last);
  await arrived(last);
};

describe('an invite link that a friend opens', () => {
  it('leads on to the page for friends, is kept for the checkout, and by nothing in between', async () => {
    const linkId = await newLink();
    const { status, headers } = await openLink(linkId);
    expect({ status, location: headers.get('location'), cache: headers.get('cache-control') }).toEqual({
      status: 302,
      location: `/friend?invite=${linkId}`,
      cache: 'no-store',
    });
    const [cookie, ...attributes] = (headers.get('set-cookie') ?? '').split('; ');
    expect(cookie).toBe(`fcode_invite=${linkId}`);
    const days = defaultPolicy.rewards.referral.attributionDays;
    expect(attributes.sort()).toEqual(['HttpOnly', `Max-Age=${days * 86_400}`, 'Path=/', 'SameSite=Lax']);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('leads to a page of the shop’s, which may have a query of its own', async () => {
    const linkId = await newLink();
    const app = bench.openApp({ landing: 'https://shop.example.com/invited?from=fans' });
    const { headers } = await openLink(linkId, { app });
    expect(headers.get('location')).toBe(`https://shop.example.com/invited?from=fans&invite=${linkId}`);
  });

  it('is a click in the log, once, with what the link is', async () => {
    const code = { batch: 12, index: 4 };
    await bench.desk.hear(claimed(code, 'm_giver'));
    const linkId = await bench.desk.linkOf('m_giver', { campaignId, code });
    await openLink(linkId, { headers: { 'x-request-id': 'req-of-friend' } });
    await allArrived();
    const [click, ...more] = await clicksOn(linkId);
    expect(more).toEqual([]);
    expect(click).toMatchObject({
      subject: `link/${linkId}`,
      partitionkey: 'm_giver',
      correlationid: 'req-of-friend',
      data: {
        linkId,
        memberId: 'm_giver',
        campaignId,
        channel: 'messenger',
        code,
        clickId: expect.stringMatching(/^clk_/),
        clickedAt: iso(noon),
      },
    });
  });

  it('is as many clicks as it is opened, each its own', async () => {
    const linkId = await newLink();
    const answers = await Promise.all(Array.from({ length: 50 }, () => openLink(linkId)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([302]));
    await arrived(linkId, 50);
    await allArrived();
    const clicks = await clicksOn(linkId);
    expect([clicks.length, new Set(clicks.map(({ id }) => id)).size]).toEqual([50, 50]);
  });

  it('costs the store no write, and one read a minute', async () => {
    const linkId = await newLink();
    const app = bench.openApp();
    for (let time = 0; time < 20; time += 1) expect((await openLink(linkId, { app })).status).toBe(302);
    await app.service.stop();
    expect(app.store.table.sent).toEqual({ batches: 0, statements: 0, transactions: 0, reads: 1, queries: 0 });
    // Those that stood in memory went to the log with the process that ends.
    expect((await clicksOn(linkId)).length).toBe(20);
  });

  it.each([
    ['asked for its head only', { method: 'HEAD' }],
    ['fetched ahead', { headers: { 'sec-purpose': 'prefetch' } }],
    ['rendered ahead', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
    ['fetched ahead by an older browser', { headers: { purpose: 'prefetch' } }],
  ])('is no click when it was %s', async (_, how) => {
    const linkId = await newLink();
    const { status, headers } = await openLink(linkId, how);
    expect([status, headers.get('set-cookie')]).toEqual([302, null]);
    await allArrived();
    expect(await clicksOn(linkId)).toEqual([]);
  });

  it.each([')', '.', '。', '」)'])(
    'leads on, and is a click, with the %s of the sentence that it stood in',
    async (mark) => {
      const linkId = await newLink();
      const { status, headers } = await openLink(`${linkId}${encodeURIComponent(mark)}`);
      expect([status, headers.get('location')]).toEqual([302, `/friend?invite=${linkId}`]);
      await arrived(linkId, 1);
    },
  );

  it.each(['aaaa', 'aaaaaaaaaaaaaaaa', '不是链接'])(
    'that is cut off or none at all (%s) leads on, and the page says so',
    async (id) => {
      const { status, headers } = await openLink(encodeURIComponent(id));
      expect([status, headers.get('location')]).toEqual([302, `/friend?invite=${encodeURIComponent(id)}`]);
      expect(headers.get('set-cookie')).toBeNull();
    },
  );

  it('that nobody made leads on all the same: no click, no cookie', async () => {
    const { status, headers } = await openLink('aaaaaaaaaaaa');
    expect([status, headers.get('location'), headers.get('set-cookie')]).toEqual([
      302,
      '/friend?invite=aaaaaaaaaaaa',
      null,
    ]);
    await allArrived();
    expect(await clicksOn('aaaaaaaaaaaa')).toEqual([]);
  });
});

describe('an invite link that is opened while the store is away', () => {
  it.each(['refusing', 'silent'])('leads on after a third of a second at most: the store is %s', async (what) => {
    const linkId = await newLink();
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const proxy = await startStoreProxy(bench.engine.endpoint);
    proxy.fault = () => 'refuse';
    const endpoint =
      what === 'refusing' ? proxy.endpoint : `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const app = bench.openApp({ endpoint });
    const answers = await Promise.all(Array.from({ length: 10 }, () => openLink(linkId, { app })));
    for (const { status, headers, ms } of answers) {
      expect([status, headers.get('location')]).toEqual([302, `/friend?invite=${linkId}`]);
      expect(ms).toBeLessThan(700);
    }
    for (const socket of sockets) socket.destroy();
    silent.close();
    await proxy.stop();
  });

  it('is a click when it was opened a minute ago, too', async () => {
    const linkId = await newLink();
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const app = bench.openApp({ endpoint: proxy.endpoint });
    await openLink(linkId, { app });
    proxy.fault = () => 'refuse';
    const { headers } = await openLink(linkId, { app });
    expect(headers.get('set-cookie')).toContain(linkId);
    await app.service.stop();
    await proxy.stop();
    expect((await clicksOn(linkId)).length).toBe(2);
  });
});

describe('clicks while the event log is away', () => {
  it('keep nobody waiting, and arrive later, once each', async () => {
    const linkId = await newLink();
    bench.log.away = 'refusing';
    const failed = () => bench.log.failed;
    const before = failed();
    for (let time = 0; time < 30; time += 1) {
      const { status, ms } = await openLink(linkId);
      expect(status).toBe(302);
      expect(ms).toBeLessThan(700);
      // Some come between one try and the next.
      if (time % 15 === 0) await until(() => failed() > before + time / 15);
    }
    expect(await clicksOn(linkId)).toEqual([]);
    bench.log.away = false;
    await arrived(linkId, 30);
    await allArrived();
    const clicks = await clicksOn(linkId);
    expect([clicks.length, new Set(clicks.map(({ id }) => id)).size]).toEqual([30, 30]);
  });

  it('that were taken without an answer come again under the same ids', async () => {
    const linkId = await newLink();
    bench.log.away = 'mute';
    await Promise.all(Array.from({ length: 5 }, () => openLink(linkId)));
    await arrived(linkId, 10);
    bench.log.away = false;
    await allArrived();
    expect(new Set((await clicksOn(linkId)).map(({ id }) => id)).size).toBe(5);
  });

  it('are let go when they are too many, and how many is said', async () => {
    const linkId = await newLink();
    await until(async () => (await bench.logged('link.created')).some(({ subject }) => subject === `link/${linkId}`));
    const link = await bench.desk.links.find(linkId, performance.now() + 1000);
    const warned: object[] = [];
    const warn = (about: object) => warned.push(about);
    const clicks = new Clicks(bench.log, { warn, error: warn }, 1200);
    if (link) for (let time = 0; time < 1210; time += 1) clicks.add(link, noon, 'req-1');
    const count = async () => (await bench.log.lag('nobody', ['referral'])).reduce((sum, { end }) => sum + end, 0);
    const before = await count();
    await clicks.stop();
    expect(warned).toEqual([{ clicks: 10 }]);
    expect((await count()) - before).toBe(1200);
  });
});
