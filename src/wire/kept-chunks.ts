/** So many small chunks in a row become one. */
const RUN = 64;
/** A chunk of fewer bytes is small: keeping it costs more than copying it. */
const SMALL = 4096;

/**
 * Adds a chunk to those that wait for the rest of a packet. Bytes that come one by one, as only somebody sends them who
 * wants to do harm, must not cost a buffer each.
 */
export function keepChunk(chunks: Buffer[], chunk: Buffer): void {
  chunks.push(chunk);
  // The first may be read in part already.
  if (chunks.length <= RUN || chunk.length >= SMALL) return;
  for (let index = chunks.length - RUN; index < chunks.length; index++) {
    if (chunks[index]!.length >= SMALL) return;
  }
  chunks.push(Buffer.concat(chunks.splice(-RUN)));
}
