/** A process of a fleet, to be frozen by a test: two connections with a lease of 1 s, and a caller that comes later. */
import { once } from 'node:events';
import { memberOf } from './support-fleet.js';

async function main(): Promise<void> {
  const { pool } = memberOf({ after: () => undefined } as never, process.argv[2]!, { lease: 1_000 }, { maxSize: 2 });
  const closed: string[] = [];
  let told = (): void => undefined;
  const bothClosed = new Promise<void>((resolve) => (told = resolve));
  pool.on('closed', ({ reason }) => {
    closed.push(reason);
    if (closed.length === 2) told();
  });
  await Promise.all([1, 2].map(() => pool.use((lease) => lease.query('SELECT SLEEP(0.1)'))));
  console.log(`has ${pool.stats().size}`);
  await once(process.stdin, 'data');
  await Promise.all([1, 2, 3].map((n) => pool.use((lease) => lease.query('SELECT ? AS n', [n]))));
  await bothClosed;
  console.log(`served, closed: ${closed.join(', ')}`);
  // The sessions and their lease must not keep the process alive.
  process.stdin.unref();
}

void main();
