import type { OrderRef } from '@fcode/events';

/** An order in one word: its shop and its id there. */
export const orderName = ({ shop, orderId }: OrderRef): string => `${shop}/${orderId}`;

/** The rest of a key after what it begins with; undefined when it begins otherwise. */
export const after = (prefix: string, key: string): string | undefined =>
  key.startsWith(prefix) ? key.slice(prefix.length) : undefined;

/** Ids of holds, redemptions and transfers name their code and its turn, so no two are the same. */
export const turnId = (
  kind: 'hold' | 'rdm' | 'tr',
  { batch, index }: { batch: number; index: number },
  turn: number,
): string => `${kind}_${batch.toString(36)}_${index.toString(36)}_${turn.toString(36)}`;
