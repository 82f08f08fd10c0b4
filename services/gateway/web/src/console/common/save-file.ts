/** Hands a file to the browser as a download. Its content never stands in an address. */
export const saveFile = (name: string, parts: BlobPart[], type = 'text/csv;charset=utf-8'): void => {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then; until then the browser reads from it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

/** All of a stream, as it comes. Rejects where it breaks off: half a file would look like a file. */
export const partsOf = async (stream: ReadableStream<Uint8Array>): Promise<BlobPart[]> => [
  await new Response(stream).blob(),
];
