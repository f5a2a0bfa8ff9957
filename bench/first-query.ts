/**
 * A process that opens a pool by one of the doors, reads one row, and prints how long after its start it had the row,
 * in ms.
 */
import { openDoor } from './doors/index.js';

async function main(name: string, isStock: boolean): Promise<void> {
  const url = process.env['MYSQLPOOL_BENCH_URL']!;
  const door = await openDoor(name, { isStock, url, size: 10 });
  const row = await door.one(1);
  const took = performance.now();
  if (row?.id !== 1) throw new Error(`the answer was ${JSON.stringify(row)}`);
  process.stdout.write(String(took), () => process.exit());
}

main(process.argv[2]!, process.argv[3] === 'stock').catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
