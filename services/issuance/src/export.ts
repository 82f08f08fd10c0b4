import type { CodeMint } from '@fcode/codes';
import type { Store } from '@fcode/dynamo';
import { type Batch, granteesRef } from './batch.ts';

/** The codes of a granted batch as CSV (RFC 4180), a few thousand lines at a time, as fast as the reader takes them. */
export const csvOf = (
  store: Store,
  mint: CodeMint,
  batch: Extract<Batch, { status: 'created' }>,
): ReadableStream<Uint8Array> => {
  const chunks = batch.pages > 0 ? ofMembers(store, mint, batch) : ofBearers(mint, batch);
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
};

async function* ofBearers(mint: CodeMint, { batch, size, keyVersion }: Extract<Batch, { status: 'created' }>) {
  yield 'code,batch,index\r\n';
  let index = 0;
  for (const texts of mint.mintRange(batch, 0, size, keyVersion)) {
    yield texts.map((text) => `${text},${batch},${index++}\r\n`).join('');
  }
}

async function* ofMembers(
  store: Store,
  mint: CodeMint,
  { batch, pages, keyVersion }: Extract<Batch, { status: 'created' }>,
) {
  yield 'code,batch,index,member_id\r\n';
  for (let page = 0; page < pages; page += 1) {
    const [{ state }] = await store.read([granteesRef(batch, page)]);
    const first = state.grantees[0];
    if (!first) continue;
    const owners = state.grantees.flatMap(({ memberId, codes }) => Array.from({ length: codes }, () => memberId));
    let offset = 0;
    for (const texts of mint.mintRange(batch, first.from, owners.length, keyVersion)) {
      yield texts.map((text) => `${text},${batch},${first.from + offset},${owners[offset++]}\r\n`).join('');
    }
  }
}
