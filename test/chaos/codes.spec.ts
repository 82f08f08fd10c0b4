import { describe, expect, it } from 'vitest';
import { judgeCodes } from './codes.ts';
import type { Operation } from './history.ts';

// Histories of one code, as short as they come. Times in ms; the run begins at the epoch.

const code = 'code/7.1';
const iso = (ms: number) => new Date(ms).toISOString();
const place = { batch: 7, index: 1, campaignId: 'cmp_1' };
const orderOf = (orderId: string) => ({ shop: 'shop_1', orderId });
type Events = Parameters<typeof judgeCodes>[1];

let sequence = 0;
const event = (type: string, cause: string, data: object): Events[number] => {
  sequence += 1;
  return {
    type,
    data: { ...place, ...data },
    id: `${code}:${sequence}`,
    aggregate: `${code}#life`,
    sequence,
    time: iso(0),
    correlationId: cause,
  } as unknown as Events[number];
};
const held = (cause: string, order: string, until = 3_600_000) =>
  event('code.held', cause, { order: orderOf(order), holdId: `hold_${order}`, buyer: 'b', holdUntil: iso(until) });
const released = (cause: string, order: string, why = 'released') =>
  event('code.released', cause, { order: orderOf(order), holdId: `hold_${order}`, buyer: 'b', cause: why });
const redeemed = (cause: string, order: string) =>
  event('code.redeemed', cause, { order: orderOf(order), redemptionId: `rdm_${order}`, buyer: 'b' });

const asked = (id: string, verb: Operation['verb'], order: string, rest: Partial<Operation>): Operation => ({
  id,
  request: id,
  verb,
  by: 'shop_1',
  asked: 'redemption-1',
  code,
  order,
  holdId: `hold_${order}`,
  startedAt: 0,
  endedAt: 10,
  status: 200,
  ...rest,
});
const holds = (id: string, order: string, rest: Partial<Operation> = {}) =>
  asked(id, 'hold', order, { answer: { holdId: `hold_${order}` }, ...rest });
const confirms = (id: string, order: string, rest: Partial<Operation> = {}) =>
  asked(id, 'confirm', order, { answer: { redemptionId: `rdm_${order}` }, ...rest });
const refused = (word: string): Partial<Operation> => ({ status: 409, word, answer: {} });
const checks = (id: string, outcome: 'accepted' | 'code_not_usable', rest: Partial<Operation>) =>
  asked(id, 'check', '', {
    answer: outcome === 'accepted' ? { outcome } : { outcome: 'refused', refusal: outcome },
    ...rest,
  });

const judged = (operations: Operation[], events: Events, skew = 0) =>
  judgeCodes(operations, events, 0, () => [-skew, skew]).violations;

describe('the judge of a code', () => {
  it('takes a purchase, its retry and what others saw meanwhile', () => {
    const events = [held('h', 'o1'), redeemed('c', 'o1')];
    const operations = [
      holds('h', 'o1'),
      holds('h2', 'o1', { request: 'h', startedAt: 50, endedAt: 60 }),
      checks('x', 'code_not_usable', { startedAt: 12, endedAt: 14 }),
      holds('r', 'o2', { startedAt: 20, endedAt: 30, ...refused('code_not_usable') }),
      confirms('c', 'o1', { startedAt: 40, endedAt: 45 }),
    ];
    expect(judged(operations, events)).toEqual([]);
  });

  it('takes the first answer again of a request that found its order served, and no other', () => {
    const events = [held('h', 'o1'), redeemed('c', 'o1')];
    const late = (text: string): Operation[] => [
      holds('h', 'o1', { text: 'one' }),
      holds('k', 'o1', { text: 'one', replayed: true, startedAt: 20, endedAt: 30 }),
      confirms('c', 'o1', { startedAt: 40, endedAt: 50 }),
      holds('k2', 'o1', { request: 'k', text, replayed: true, startedAt: 60, endedAt: 70 }),
    ];
    expect(judged(late('one'), events)).toEqual([]);
    expect(judged(late('two'), events)).toEqual([expect.stringContaining('hold k2')]);
  });

  it('takes either answer while the write is under way', () => {
    const events = [held('h', 'o1')];
    for (const outcome of ['accepted', 'code_not_usable'] as const) {
      const operations = [holds('h', 'o1', { endedAt: 100 }), checks('x', outcome, { startedAt: 20, endedAt: 30 })];
      expect(judged(operations, events)).toEqual([]);
    }
  });

  it('takes a write whose answer was lost, and its retry', () => {
    const { endedAt: _, ...lost } = holds('h', 'o1');
    const again = holds('h2', 'o1', { request: 'h', startedAt: 2000, endedAt: 2010 });
    expect(judged([lost, again], [held('h', 'o1')])).toEqual([]);
  });

  it('finds a read that is older than what had been answered', () => {
    const operations = [holds('h', 'o1'), checks('x', 'accepted', { startedAt: 20, endedAt: 30 })];
    expect(judged(operations, [held('h', 'o1')])).toEqual([expect.stringContaining('check x')]);
  });

  it('finds readers who saw the writes in two orders', () => {
    const events = [held('h', 'o1'), released('r', 'o1')];
    const operations = [
      holds('h', 'o1', { endedAt: 100 }),
      asked('r', 'release', 'o1', { startedAt: 20, endedAt: 100 }),
      checks('x', 'code_not_usable', { startedAt: 30, endedAt: 40 }),
      checks('y', 'accepted', { startedAt: 50, endedAt: 60 }),
      checks('z', 'code_not_usable', { startedAt: 70, endedAt: 80 }),
    ];
    expect(judged(operations, events)).toEqual([expect.stringContaining('check z')]);
  });

  it('finds a second owner who was told so', () => {
    const operations = [
      confirms('c', 'o1', { startedAt: 20, endedAt: 30 }),
      confirms('d', 'o2', { startedAt: 25, endedAt: 35 }),
      holds('h', 'o1'),
    ];
    expect(judged(operations, [held('h', 'o1'), redeemed('c', 'o1')])).toEqual([expect.stringContaining('confirm d')]);
  });

  it('finds a refusal of a request that has written', () => {
    const events = [held('h', 'o1'), released('r', 'o1'), held('g', 'o2')];
    const operations = [
      holds('h', 'o1'),
      asked('r', 'release', 'o1', { startedAt: 20, endedAt: 30 }),
      holds('g', 'o2', { startedAt: 40, endedAt: 50 }),
      holds('h2', 'o1', { request: 'h', startedAt: 60, endedAt: 70, ...refused('code_not_usable') }),
    ];
    expect(judged(operations, events)).toEqual([expect.stringContaining('hold h2')]);
  });

  it('finds a hold that was taken before it was over, unless the clock was off', () => {
    const events = [held('h', 'o1', 20_000)];
    const operations = [holds('h', 'o1'), checks('x', 'accepted', { startedAt: 20_500, endedAt: 20_600 })];
    expect(judged(operations, events)).toHaveLength(1);
    expect(judged(operations, events, 30_000)).toEqual([]);
    const late = [holds('h', 'o1'), checks('x', 'accepted', { startedAt: 25_500, endedAt: 25_600 })];
    expect(judged(late, events)).toEqual([]);
  });

  it('finds a write that nobody sent, and one that was written twice', () => {
    expect(judged([], [held('h', 'o1')])).toEqual([expect.stringContaining('which nobody sent')]);
    const twice = [held('h', 'o1'), released('r', 'o1'), held('h', 'o1')];
    const operations = [holds('h', 'o1'), asked('r', 'release', 'o1', { startedAt: 20, endedAt: 30 })];
    expect(judged(operations, twice)).toContainEqual(expect.stringContaining('has written twice'));
  });
});
