import { describe, expect, it } from 'vitest';
import { approvalsFor } from './approvals.ts';

describe('approvals of a grant', () => {
  it('are one, and two from a hundred thousand codes on, where the policy does not say otherwise', () => {
    expect([1, 99_999, 100_000, 10_000_000].map((codes) => approvalsFor({}, codes))).toEqual([1, 1, 2, 2]);
  });

  it('are what the policy says', () => {
    const grants = { approvals: [{ codes: 50, approvals: 1 }] };
    expect([1, 49, 50, 1_000_000].map((codes) => approvalsFor({ grants }, codes))).toEqual([0, 0, 1, 1]);
    expect(approvalsFor({ grants: { approvals: [] } }, 10_000_000)).toBe(0);
  });
});
