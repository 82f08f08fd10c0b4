import { defaultPolicy } from '@fcode/policy';
import { describe, expect, it } from 'vitest';
import { adopt } from './adopt.rule.ts';

const now = Date.parse('2026-11-01T00:00:00.000Z');
const next = { ...defaultPolicy, version: defaultPolicy.version + 1 };

describe('a policy at the start of a program', () => {
  it('comes into force once, and is told whole', () => {
    expect(adopt(defaultPolicy, now, {}, {})).toMatchObject({
      outcome: 'accepted',
      facts: [{ type: 'policy.published', data: { version: defaultPolicy.version, policy: defaultPolicy } }],
    });
    const shuffled = Object.fromEntries(Object.entries(defaultPolicy).reverse()) as typeof defaultPolicy;
    expect(adopt(defaultPolicy, now, { policy: shuffled }, {}).outcome).toBe('again');
  });

  it('gives way to a later version, and an instance of the version before goes on beside it', () => {
    // What tiers need may have changed: cut-offs are computed, and everybody is looked at.
    expect(adopt(next, now, { policy: defaultPolicy }, {})).toMatchObject({
      outcome: 'accepted',
      facts: [
        { type: 'policy.published' },
        { type: 'looks.due' },
        { type: 'computation.due', data: { computeAt: now } },
      ],
    });
    expect(adopt(defaultPolicy, now, { policy: next }, {}).outcome).toBe('again');
  });

  it('cannot change under its version, nor the scale of the sums under any', () => {
    const dearer = { ...defaultPolicy, points: { ...defaultPolicy.points, fix: 9 } };
    expect(adopt(dearer, now, { policy: defaultPolicy }, {})).toMatchObject({ refusal: 'version_reused' });
    const priced = { ...defaultPolicy, prices: { code: 50 } };
    expect(adopt(priced, now, { policy: defaultPolicy }, {})).toMatchObject({ refusal: 'version_reused' });
    expect(adopt({ ...priced, version: next.version }, now, { policy: defaultPolicy }, {}).outcome).toBe('accepted');
    expect(adopt({ ...next, halfLifeDays: 90 }, now, { policy: defaultPolicy }, {})).toMatchObject({
      refusal: 'scale_changed',
    });
    expect(adopt({ ...next, t0: '2021-01-01T00:00:00.000Z' }, now, { policy: defaultPolicy }, {})).toMatchObject({
      refusal: 'scale_changed',
    });
  });
});
