import type { Errands } from '../pool/index.js';
import { Killer, KillingPool, type KillingSession } from '../session/index.js';
import type { Backend } from './backend.js';

/** Whoever stops for a pool of backends what no client waits for any more, over backends of the pool itself. */
export const killerOf = (
  pool: Errands<Backend>,
  open: (signal: AbortSignal) => Promise<Backend>,
  giveWay: () => void,
): Killer => new Killer(new KillingPool({ pool, open, giveWay, sessionOn, quit, drop }));

const sessionOn = (backend: Backend): KillingSession => ({
  id: backend.id,
  server: backend.server,
  run: (sql) => backend.ask(sql),
});

const quit = (backend: Backend): void => backend.quit();
const drop = (backend: Backend, reason: unknown): void => backend.lose(reason);
