import type { Ref, Store } from '@fcode/dynamo';
import type { AnyFact } from '@fcode/events';
import type { Policy } from '@fcode/policy';
import { type Adopted, adopt } from './adopt.rule.ts';
import { publishedRef } from './published.ts';

const adoptedRef: Ref<Adopted> = {
  pk: 'policy',
  sk: 'published',
  initial: {},
  evolve: (state, fact) => {
    const { type, data } = fact as AnyFact;
    return type === 'policy.published' ? { policy: data.policy as Policy } : state;
  },
};

const advice = {
  version_reused: (version: number) =>
    `Policy version ${version} was in force with other contents. Give the changed document a version of its own.`,
  scale_changed: () =>
    'The half-life or t0 of the policy is not that of the sums in the store. Put it back: sums of another scale have to be computed anew from the ledger.',
};

/** Puts the policy in force at a start. Throws with what to do when it cannot be. `at` in epoch ms. */
export const adoptPolicy = async (store: Store, policy: Policy, at: number): Promise<void> => {
  const request = { at, deadline: performance.now() + 5000, correlationId: 'start', causationId: 'start' };
  const decision = await store.change(
    [adoptedRef, publishedRef],
    (adopted, published) => adopt(policy, at, adopted, published),
    request,
  );
  if (decision.outcome !== 'refused') return;
  const { refusal } = decision;
  throw new Error(refusal === 'idempotency_key_reused' ? refusal : advice[refusal](policy.version));
};
