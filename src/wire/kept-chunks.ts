/** How many small chunks in a row are joined into one. */
const RUN = 64;
/** A chunk of fewer bytes is small: copying it costs less than keeping it as a buffer of its own. */
const SMALL = 4096;

/**
 * Adds a chunk to those of an incomplete packet. Small chunks are joined, so that an attacker who sends single bytes
 * does not make each of them cost a buffer.
 */
export function keepChunk(chunks: Buffer[], chunk: Buffer): void {
  chunks.push(chunk);
  // The first chunk is never joined, as its beginning may have been read already: only the RUN after it are looked at.
  if (chunks.length <= RUN || chunk.length >= SMALL) return;
  for (let index = chunks.length - RUN; index < chunks.length; index++) {
    if (chunks[index]!.length >= SMALL) return;
  }
  chunks.push(Buffer.concat(chunks.splice(-RUN)));
}
