import { describe, expect, it } from 'vitest';
import { redelivered } from './redelivered.ts';

/** A listener that fails so often, and then is done; what it failed with is named so. */
const failing = (name: string, times: number) => {
  const listener = {
    deliveries: 0,
    deliver: async () => {
      listener.deliveries += 1;
      if (listener.deliveries <= times) throw Object.assign(new Error(`no. ${listener.deliveries}`), { name });
    },
  };
  return listener;
};

describe('what is delivered to a listener', () => {
  it('comes once where it is taken', async () => {
    const listener = failing('', 0);
    await redelivered(listener.deliver);
    expect(listener.deliveries).toBe(1);
  });

  it.each(['StoreBusy', 'KeepsChanging'])('comes again after %s, until it is taken', async (name) => {
    const listener = failing(name, 9);
    await redelivered(listener.deliver);
    expect(listener.deliveries).toBe(10);
  });

  it('comes ten times at most, and says what kept it', async () => {
    const listener = failing('StoreBusy', 10);
    await expect(redelivered(listener.deliver)).rejects.toThrow('no. 10');
    expect(listener.deliveries).toBe(10);
  });

  it('comes once where it is refused', async () => {
    const listener = failing('TypeError', 1);
    await expect(redelivered(listener.deliver)).rejects.toThrow('no. 1');
    expect(listener.deliveries).toBe(1);
  });
});
