import { expect, it } from 'vitest';
import { grounds } from './entry.ts';

it('the grounds of a claim are the rule that gave the code, the last that held, and the tier; without a receipt there are none', () => {
  const reasons = [
    { code: 'rule_holds', rule: 1, codes: 1 },
    { code: 'rule_fails', rule: 2 },
    { code: 'rule_holds', rule: 3, codes: 2 },
    { code: 'codes_claimed', claimed: 1 },
  ];
  expect(grounds({ receipt: { allotted: 3, claimed: 1, tier: 'core', reasons } })).toEqual({ rule: '3', tier: 'core' });
  expect(
    grounds({ receipt: { allotted: 3, claimed: 1, tier: 'fan', reasons: [{ code: 'rule_holds', codes: 3 }] } }),
  ).toEqual({
    rule: undefined,
    tier: 'fan',
  });
  expect(grounds({ how: 'granted' })).toEqual({ rule: undefined, tier: undefined });
});
