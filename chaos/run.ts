/** Runs the chaos tests from the command line. */
import { read, USAGE, UsageError, type Request } from './arguments.js';
import { Campaign } from './campaign.js';
import { LeftOpen } from './checks/left-open.js';
import { fleetSummary, runFleets } from './fleet/run.js';
import { reportOf, summary, violationLine, type Outcome } from './report.js';
import { TwoServers } from './two-servers.js';
import { Violations } from './violations.js';

const INTERRUPTED = 130;
/** The share of the time for the test with two servers behind one address. */
const TWO_SERVERS = 0.2;

/** Prints messages for people: on stdout, or on stderr if JSON goes to stdout. */
function talker(json: boolean): (text: string) => void {
  const stream = json ? process.stderr : process.stdout;
  return (text) => void stream.write(text);
}

async function main(args: readonly string[]): Promise<number> {
  const request = read(args);
  const { help, json, minutes, seed, servers } = request;
  if (help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const say = talker(json);
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupt.abort());
  if (request.fleet) return fleets(request, interrupt.signal, say);
  const outcomes: Outcome[] = [];
  for (const kind of servers) {
    if (interrupt.signal.aborted) break;
    const seconds = (minutes * 60) / servers.length;
    say(`${kind}: ${Math.round(seconds)} s, seed ${seed}\n`);
    const violations = new Violations(kind, (violation) => say(`${violationLine(violation)}\n`));
    const onFault = (names: string): void => progress(`${kind} ${Math.round(violations.elapsed / 1_000)} s: ${names}`);
    const leftOpen = new LeftOpen();
    const plan = { kind, seed, signal: interrupt.signal, violations, onFault };
    const campaign = await Campaign.run({ ...plan, seconds: seconds * (1 - TWO_SERVERS) });
    const twoServers = await TwoServers.run({ ...plan, seconds: seconds * TWO_SERVERS });
    await leftOpen.check(violations);
    outcomes.push({ ...campaign, twoServers, violations: violations.list, violated: violations.total });
    progress('');
    say(summary(outcomes.at(-1)!));
  }
  const report = reportOf(outcomes, minutes, seed);
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  if (report.violated > 0) return 1;
  return interrupt.signal.aborted ? INTERRUPTED : 0;
}

/** Tests fleets: many processes on one account, with each coordinator in turn. */
async function fleets(
  { servers: kinds, minutes, seed, json }: Request,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<number> {
  say(`fleets on ${kinds.join(' and ')}: ${Math.round(minutes * 60)} s, seed ${seed}\n`);
  const outcomes = await runFleets({
    kinds,
    seconds: minutes * 60,
    seed,
    signal,
    tell: (violation) => say(`${violationLine(violation)}\n`),
    onFault: progress,
    onOutcome: (outcome) => {
      progress('');
      say(fleetSummary(outcome));
    },
  });
  const violated = outcomes.reduce((all, outcome) => all + outcome.violated, 0);
  const violations = outcomes.flatMap((outcome) => outcome.violations);
  const runs = outcomes.map(({ violations: _told, ...outcome }) => outcome);
  if (json) process.stdout.write(`${JSON.stringify({ minutes, seed, violations, violated, runs })}\n`);
  if (violated > 0) return 1;
  return signal.aborted ? INTERRUPTED : 0;
}

/** Rewrites the progress line, on a terminal only. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

process.stdout.on('error', () => process.exit());
main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error instanceof UsageError ? error.message : String(error.stack)}\n`);
    if (error instanceof UsageError) process.stderr.write('npm run chaos -- --help shows the options\n');
    process.exitCode = 1;
  },
);
