/** Runs real clients against servers, directly and through the gateway, from the command line. */
import { endProgress } from '#support/servers/index.js';
import { read, USAGE, UsageError, type Work } from './arguments.js';
import { testDjangoSuites } from './django-suites.js';
import { testClients } from './each-client.js';
import { testExhaustion } from './exhaustion.js';
import { table, type Report } from './table.js';

const WORKS: Record<Work, typeof testClients> = {
  clients: testClients,
  django: testDjangoSuites,
  exhaustion: testExhaustion,
};

async function main(args: readonly string[]): Promise<number> {
  const request = read(args);
  if (request === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const report: Report = { say, rows: [], passed: 0, failed: 0 };
  await WORKS[request.work](request, report);
  endProgress();
  const ways = ['direct', ...request.through];
  if (report.rows.length > 0) console.log(`\n${table(ways, report.rows)}\n`);
  console.log(`${report.passed} passed, ${report.failed} failed`);
  return report.failed > 0 || report.passed === 0 ? 1 : 0;
}

function say(line: string): void {
  endProgress();
  console.log(line);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    endProgress();
    console.error(error instanceof UsageError ? error.message : error.stack);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
