/** A process that takes slots of a fleet, prints that it has them, and keeps them until it is killed. */
import { memberOf } from './support-fleet.js';

async function main([url, fleet, count]: string[]): Promise<void> {
  const slots = { fleet: fleet!, count: Number(count) };
  const { pool } = memberOf({ after: () => undefined } as never, url!, { slots }, { maxSize: slots.count });
  await Promise.all(Array.from({ length: slots.count }, () => pool.acquire()));
  console.log('has them');
  setInterval(() => undefined, 1_000);
}

void main(process.argv.slice(2));
