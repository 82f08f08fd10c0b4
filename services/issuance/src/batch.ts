import type { Ref } from '@fcode/dynamo';
import type { BatchCreated, BatchExported } from '@fcode/events';

/** The rows of the file by which members were granted a batch. */
export interface BatchRows {
  upload: string;
  pages: number;
}

/** Who took its codes out as a file, the last time, and when. */
export interface Exported {
  by: string;
  at: string;
}

/** A numbered run of codes; `file` names the members that it was granted to. */
export type Batch =
  | { status: 'none' }
  | ({ status: 'created'; createdAt: string; file?: BatchRows; exported?: Exported } & BatchCreated['data']);

export const batchKept = (createdAt: string, file?: BatchRows) => ({
  type: 'batch.kept',
  data: { createdAt, ...(file === undefined ? {} : { file }) },
});

/** Beside `batch.exported`, which tells no instant. */
export const exportedAt = (at: string) => ({ type: 'batch.exported_at', data: { at } });

const evolve = (batch: Batch, fact: { type: string; data: unknown }): Batch => {
  if (fact.type === 'batch.created') {
    return { status: 'created', createdAt: '', ...(fact.data as BatchCreated['data']) };
  }
  if (fact.type === 'batch.kept' && batch.status === 'created') {
    return { ...batch, ...(fact.data as { createdAt: string; file?: BatchRows }) };
  }
  if (fact.type === 'batch.exported' && batch.status === 'created') {
    const { by, what } = fact.data as BatchExported['data'];
    return what === 'canaries' ? batch : { ...batch, exported: { by, at: '' } };
  }
  if (fact.type === 'batch.exported_at' && batch.status === 'created' && batch.exported) {
    return { ...batch, exported: { ...batch.exported, ...(fact.data as { at: string }) } };
  }
  return batch;
};

const padded = (batch: number): string => String(batch).padStart(7, '0');

export const batchesOf = (campaignId: string): string => `batches/${campaignId}`;
export const batchKind = { initial: { status: 'none' } as Batch, evolve };
export const batchRef = (campaignId: string, batch: number): Ref<Batch> => ({
  pk: batchesOf(campaignId),
  sk: padded(batch),
  ...batchKind,
});

/** Batch numbers are counted over all campaigns; a number that was taken and not used is lost, which harms nobody. */
export const numberRef: Ref<{ last: number }> = {
  pk: 'batches',
  sk: 'number',
  initial: { last: 0 },
  evolve: ({ last }) => ({ last: last + 1 }),
};

/** Names of codes are one for all campaigns, and never given twice; as `normalizeName` writes them. */
export interface Named {
  batch?: number;
}
export const nameRef = (name: string): Ref<Named> => ({
  pk: `name/${name}`,
  sk: 'batch',
  initial: {},
  evolve: (state, { type, data }) =>
    type === 'batch.created' ? { batch: (data as BatchCreated['data']).batch } : state,
});
