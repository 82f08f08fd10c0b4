import { type Heard, hear } from '@fcode/events';
import { Unavailable } from '@fcode/policy';
import { startStoreProxy, until } from '@fcode/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, batchAnnounced, campaignSaid, logger, startBench } from './fixtures/bench.ts';
import { noon } from './fixtures/story.ts';
import { onBatchCreated } from './on-batch-created.ts';
import { onCampaignChanged } from './on-campaign-changed.ts';
import { TermsBook } from './terms.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.stop());

const clock = () => noon;
let batches = 100;
const freshBatch = () => {
  batches += 1;
  return batches;
};

const openBook = (endpoint?: string) => {
  const store = bench.openStore(endpoint);
  const book = new TermsBook(store, logger);
  const onBatch = onBatchCreated(book, clock);
  const onCampaign = onCampaignChanged(book, clock);
  return {
    book,
    store,
    hearBatch: (batch: number, rest: Parameters<typeof batchAnnounced>[1] = {}) =>
      onBatch(hear(batchAnnounced(batch, rest)) as Heard<'batch.created'>),
    hearCampaign: (...said: Parameters<typeof campaignSaid>) =>
      onCampaign(hear(campaignSaid(...said)) as Heard<'campaign.published' | 'campaign.paused' | 'campaign.closed'>),
  };
};

/** How many entries stand in the table's log of terms, and what its version item says. */
const recorded = async (batch: number) => {
  const { items } = await bench
    .openStore()
    .query(
      { pk: 'terms', limit: 1000 },
      { initial: {} as { version?: number; entry?: Record<string, unknown> }, evolve: (state) => state },
    );
  const entries = items.flatMap(({ state }) => (state.entry ? [state.entry] : []));
  return {
    version: items.find(({ sk }) => sk === 'version')?.state.version,
    entries: entries.length,
    ofBatch: entries.filter((entry) => entry.kind === 'batch' && entry.batch === batch).length,
    ofCampaign: entries.filter((entry) => entry.kind === 'campaign' && entry.campaignId === `cmp_${batch}`).length,
  };
};

describe('two instances with the same table', () => {
  it('know within a second what either of them has recorded', async () => {
    const [one, other] = [openBook(), openBook()];
    await other.book.start();
    const batch = freshBatch();
    expect(other.book.of(batch)).toBeUndefined();
    await one.hearBatch(batch, { size: 7, buyerLimit: 2, holdSeconds: 60 });
    const began = performance.now();
    const terms = await until(() => other.book.of(batch));
    expect(performance.now() - began).toBeLessThan(1000);
    expect(terms).toEqual({
      campaignId: `cmp_${batch}`,
      size: 7,
      keyVersion: 2,
      canaries: 0,
      skus: ['PHONE-1'],
      startsAt: noon,
      endsAt: noon + 86_400_000,
      holdSeconds: 60,
      buyerLimit: 2,
      orderLimit: 0,
      dayLimit: 0,
      timeZone: 'UTC',
      regions: [],
      eligible: undefined,
      named: undefined,
      transferLimit: 0,
      transferSeconds: 0,
      effect: { kind: 'none' },
      isBearer: false,
      isRevoked: false,
      status: 'published',
      version: expect.any(Number),
    });
    await one.hearCampaign('paused', `cmp_${batch}`, 3);
    const paused = performance.now();
    await until(() => other.book.of(batch)?.status === 'paused');
    expect(performance.now() - paused).toBeLessThan(1000);
    other.book.stop();
  });

  it('record an event once, however often and wherever it is heard', async () => {
    const [one, other] = [openBook(), openBook()];
    const batch = freshBatch();
    for (const instance of [one, one, other]) await instance.hearBatch(batch);
    expect((await recorded(batch)).ofBatch).toBe(1);
  });

  it('record an event once when both hear it at the same time', async () => {
    const [one, other] = [openBook(), openBook()];
    for (let round = 0; round < 5; round += 1) {
      const batch = freshBatch();
      await Promise.all([one, other, one, other].map((instance) => instance.hearBatch(batch)));
      const said = ['paused', `cmp_${batch}`, 3] as const;
      await Promise.all([one, other, one, other].map((instance) => instance.hearCampaign(...said)));
      expect(await recorded(batch)).toMatchObject({ ofBatch: 1, ofCampaign: 1 });
    }
  });

  it('lose nothing of what they record side by side', async () => {
    const [one, other] = [openBook(), openBook()];
    const mine = Array.from({ length: 10 }, freshBatch);
    await Promise.all(mine.map((batch, position) => (position % 2 ? one : other).hearBatch(batch)));
    const reader = openBook();
    await reader.book.look();
    for (const batch of mine) expect(reader.book.of(batch)).toMatchObject({ campaignId: `cmp_${batch}` });
    const { entries, version } = await recorded(0);
    expect(version).toBe(entries);
  });
});

describe("a campaign's state", () => {
  it('is the newest by its own sequence: an older one that comes late changes nothing', async () => {
    const { book, hearBatch, hearCampaign } = openBook();
    const batch = freshBatch();
    const campaign = `cmp_${batch}`;
    await hearBatch(batch);
    await hearCampaign('closed', campaign, 5);
    for (const [late, sequence] of [
      ['resumed', 4],
      ['paused', 3],
      ['published', 1],
    ] as const) {
      await hearCampaign(late, campaign, sequence);
      expect(book.of(batch)?.status).toBe('closed');
    }
    const reader = openBook();
    await reader.book.look();
    expect(reader.book.of(batch)?.status).toBe('closed');
    expect((await recorded(batch)).ofCampaign).toBe(1);
  });

  it('counts although it was heard before its batch', async () => {
    const { book, hearBatch, hearCampaign } = openBook();
    const batch = freshBatch();
    await hearCampaign('paused', `cmp_${batch}`, 3);
    await hearBatch(batch);
    expect(book.of(batch)?.status).toBe('paused');
    await hearCampaign('resumed', `cmp_${batch}`, 4);
    expect(book.of(batch)?.status).toBe('published');
  });

  it('holds for every batch of the campaign, and for no other', async () => {
    const { book, hearBatch, hearCampaign } = openBook();
    const [claimable, granted, foreign] = [freshBatch(), freshBatch(), freshBatch()];
    await hearBatch(claimable);
    await hearBatch(granted, { campaignId: `cmp_${claimable}` });
    await hearBatch(foreign);
    await hearCampaign('paused', `cmp_${claimable}`, 3);
    expect([claimable, granted, foreign].map((batch) => book.of(batch)?.status)).toEqual([
      'paused',
      'paused',
      'published',
    ]);
  });
});

describe('what is known when the store stops answering', () => {
  it('is told for two seconds, then not at all, and again as soon as the store is back', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { book, hearBatch } = openBook(proxy.endpoint);
    const batch = freshBatch();
    await hearBatch(batch);
    await book.start();
    proxy.fault = () => 'refuse';
    const cut = performance.now();
    expect(book.of(batch)).toBeDefined();
    expect(book.isFresh).toBe(true);
    const stale = await until(() => (book.isFresh ? undefined : performance.now() - cut));
    expect(stale).toBeGreaterThan(1000);
    expect(stale).toBeLessThan(2600);
    expect(() => book.of(batch)).toThrow(Unavailable);
    // Also of a batch that it never heard of: not knowing is no answer either.
    expect(() => book.of(999_999)).toThrow(Unavailable);
    await expect(book.find(batch, performance.now() + 1000)).rejects.toThrow(Unavailable);
    proxy.fault = () => 'pass';
    await until(() => book.isFresh);
    expect(book.of(batch)).toBeDefined();
    book.stop();
    await proxy.stop();
  });

  it('is nothing before the first look', () => {
    expect(() => openBook().book.of(1)).toThrow(Unavailable);
  });

  it('is recorded all the same when the answer to the write is lost', async () => {
    const proxy = await startStoreProxy(bench.engine.endpoint);
    const { book, hearBatch } = openBook(proxy.endpoint);
    const batch = freshBatch();
    let lost = 0;
    proxy.fault = ({ operation }) => {
      if (operation !== 'TransactWriteItems' || lost > 0) return 'pass';
      lost += 1;
      return 'lose';
    };
    await hearBatch(batch);
    expect(lost).toBe(1);
    expect(book.of(batch)).toBeDefined();
    expect(await recorded(batch)).toMatchObject({ ofBatch: 1 });
    await proxy.stop();
  });
});
