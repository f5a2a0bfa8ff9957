import { closeAll, configure, connections, SettingsError, type Settings } from 'node-mysqlpool';

/** A settings block as Django has it. */
export async function configured(): Promise<void> {
  const settings: Settings = {
    DATABASES: {
      default: { ENGINE: 'mysqlpool', NAME: 'shop', USER: 'app', PASSWORD: 'secret', HOST: '127.0.0.1', PORT: '' },
      replica: { ENGINE: 'django_mysqlpool.backends.mysqlpool', NAME: 'shop', HOST: '127.0.0.2', PORT: 3307 },
    },
    MYSQLPOOL_BACKEND: 'QueuePool',
    MYSQLPOOL_ARGUMENTS: { pool_size: 2, max_overflow: 1, timeout: 30, recycle: -1, use_threadlocal: false },
    MYSQLPOOL_MAX_TOTAL: 4,
  };
  configure(settings);
  const { maxSize, acquireTimeout } = connections.default.options;
  if (maxSize !== 3 || acquireTimeout !== 30_000) throw new Error(`maxSize ${maxSize}, timeout ${acquireTimeout}`);
  if (connections['replica'] === connections.default) throw new Error('two databases share a pool');
  await closeAll();
  // @ts-expect-error not one of the pool classes
  const misspelt = (): void => configure({ ...settings, MYSQLPOOL_BACKEND: 'QuePool' });
  try {
    misspelt();
    throw new Error('QuePool was accepted');
  } catch (refused) {
    if (!(refused instanceof SettingsError && refused.message.includes('QueuePool'))) throw refused;
  }
}
