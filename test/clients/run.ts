/** Runs real clients against servers, directly and through the gateway, from the command line. */
import { endProgress } from '#support/servers/index.js';
import { read, USAGE, UsageError, type Request } from './arguments.js';
import { testClients, type Report } from './each-client.js';
import { table } from './table.js';

async function main(args: readonly string[]): Promise<number> {
  const request = read(args);
  if (request === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  const report: Report = { say, rows: [], passed: 0, failed: 0 };
  await work(request, report);
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

async function work(request: Request, report: Report): Promise<void> {
  await testClients(request, report);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: Error) => {
    endProgress();
    console.error(error instanceof UsageError ? error.message : error.stack);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
