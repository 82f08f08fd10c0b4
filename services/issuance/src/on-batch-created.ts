import type { Store } from '@fcode/dynamo';
import { codeClaimed, type Heard } from '@fcode/events';
import { accept, again } from '@fcode/policy';
import { batchRef, granteesRef } from './batch.ts';
import { codeKept, grantedRef } from './member-codes.ts';

/**
 * A grant to named members reaches their hands: one item a member, written once however often this is heard, so a
 * crash half way is finished by the next delivery.
 */
export const onBatchCreated =
  (store: Store, clock: () => number) =>
  async ({ id, correlationId, data }: Heard<'batch.created'>): Promise<void> => {
    const { campaignId, batch, keyVersion, origin } = data;
    if (origin.kind !== 'grant' || origin.to !== 'members') return;
    const deadline = performance.now() + 30_000;
    const [{ state }] = await store.read([batchRef(campaignId, batch)], deadline);
    if (state.status === 'none') throw new Error(`batch ${batch} was announced and is not in the table`);
    for (let page = 0; page < state.pages; page += 1) {
      const [{ state: list }] = await store.read([granteesRef(batch, page)], deadline);
      await Promise.all(
        list.grantees.map(({ memberId, from, codes }) =>
          store.change(
            [grantedRef(memberId, batch)],
            (mine) => {
              if (mine.codes.length > 0) return again({});
              const facts = Array.from({ length: codes }, (_, offset) => [
                codeClaimed.of({ campaignId, batch, index: from + offset, memberId, how: 'granted' }),
                codeKept({ batch, index: from + offset, keyVersion, how: 'granted', at: state.createdAt }),
              ]).flat();
              return accept(facts, {});
            },
            { at: clock(), deadline, correlationId, causationId: id },
          ),
        ),
      );
    }
  };
