import { canFetch, fetchedBinary } from './fetched-binary.js';
import type { Progress } from './progress.js';
import { installedBinary } from './server-binary.js';
import type { ServerBinary } from './server-binary.js';
import type { ServerKind } from './test-server.js';

const found = new Map<ServerKind, Promise<ServerBinary>>();

/** A server program of that kind: the one on the PATH, else a fetched one. Rejects with why there is none. */
export function findBinary(kind: ServerKind, progress: Progress): Promise<ServerBinary> {
  let binary = found.get(kind);
  if (!binary) {
    binary = search(kind, progress);
    found.set(kind, binary);
    // A failure is not for ever: the network may come back.
    binary.catch(() => found.delete(kind));
  }
  return binary;
}

async function search(kind: ServerKind, progress: Progress): Promise<ServerBinary> {
  const installed = await installedBinary(kind);
  if (installed) return installed;
  if (!canFetch()) throw new Error('no apt-get to fetch it with');
  return fetchedBinary(kind, progress);
}
