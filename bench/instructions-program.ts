/**
 * The program that `instructions.ts` runs under valgrind: some rounds of `cycle`, with our pool or with none. It loads
 * nothing else, since loading modules is slow under valgrind.
 */
import { loansOf } from './cycle-loop.js';
import { floor } from './subjects/floor.js';
import { mysqlpool } from './subjects/mysqlpool.js';

async function main(which: string, caseName: string, rounds: number): Promise<void> {
  const round = await loansOf(which === 'floor' ? floor : mysqlpool, caseName);
  for (let i = 0; i < rounds; i++) await round();
}

const [which, caseName, rounds] = process.argv.slice(2) as [string, string, string];
main(which, caseName, Number(rounds)).then(
  () => process.exit(),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
