import { describe, expect, it } from 'vitest';
import { ordersOf, someOrdersOf } from './orders.ts';

describe('the orders of some things', () => {
  it('are all of them, each once', () => {
    expect(ordersOf(['a', 'b', 'c']).map((order) => order.join(''))).toEqual([
      'abc',
      'acb',
      'bac',
      'bca',
      'cab',
      'cba',
    ]);
    expect(new Set(ordersOf([0, 1, 2, 3, 4, 5]).map(String)).size).toBe(720);
    expect(ordersOf([])).toEqual([[]]);
  });

  it.each([
    [4, 3, 6],
    [5, 3, 8],
    [6, 4, 37],
  ])('of %i, in which any %i stand in every order, are %i', (count, together, few) => {
    const things = Array.from({ length: count }, (_, number) => `thing ${number}`);
    const orders = someOrdersOf(things, together);
    expect(orders).toHaveLength(few);
    for (const order of orders) expect(order.toSorted()).toEqual(things);
    const isShown = (wanted: string[]) =>
      orders.some((order) => order.filter((thing) => wanted.includes(thing)).join() === wanted.join());
    const wanted = new Set(ordersOf(things).map((order) => order.slice(0, together).join()));
    expect([...wanted].filter((names) => !isShown(names.split(',')))).toEqual([]);
  });
});
