import type { Errands } from '../pool/index.js';
import { Killer, KillingPool, type KillingSession } from '../session/index.js';
import type { Backend } from './backend.js';

/** Stops statements that no client waits for any more, by KILL over other backends of the same pool. */
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
