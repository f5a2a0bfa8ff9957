import type { Connector } from 'node-mysqlpool/pool';
import { autoCloseDb, ScopedPool } from 'node-mysqlpool/scope';

const connector: Connector<object> = {
  open: () => Promise.resolve({}),
  ping: () => Promise.resolve(),
  clean: () => undefined,
  close: () => Promise.resolve(),
  destroy: () => {},
};

const pool = new ScopedPool({ connector }, { maxSize: 1, acquireTimeout: 1_000 });

/** The same source for both kinds of decorators. Nothing here gives back what it takes. */
class Uploads {
  readonly prefix = 'upload';

  @autoCloseDb
  async add(name: string): Promise<string> {
    const lease = await pool.acquire();
    return `${this.prefix} ${name} ${lease.active}`;
  }

  @autoCloseDb
  static async count(): Promise<number> {
    await pool.acquire();
    return pool.stats().inUse;
  }

  @autoCloseDb
  async *list(): AsyncGenerator<number> {
    await pool.acquire();
    yield 1;
    yield 2;
  }
}

/** Compiled and never called: what is no method is refused. */
export function refused(): unknown {
  class Wrong {
    // @ts-expect-error a field
    @autoCloseDb
    field = 1;

    // @ts-expect-error an accessor
    @autoCloseDb
    get accessor(): number {
      return 1;
    }
  }
  return Wrong;
}

export async function decorate(): Promise<void> {
  const added: string = await new Uploads().add('a.txt');
  const counted: number = await Uploads.count();
  const listed: number[] = [];
  for await (const each of new Uploads().list()) listed.push(each);
  const wrapped: (name: string) => Promise<boolean> = autoCloseDb(async (name: string) => {
    const lease = await pool.acquire();
    return lease.active && name === 'b.txt';
  });
  const result = [added, counted, ...listed, await wrapped('b.txt'), autoCloseDb.run(() => pool.stats().inUse)];
  const text = result.join(', ');
  if (text !== 'upload a.txt true, 1, 1, 2, true, 0') throw new Error(text);
}
