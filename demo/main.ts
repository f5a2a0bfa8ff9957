import { OwnServer, startServer } from '#support/servers/index.js';
import type { TestServer } from '#support/servers/index.js';
import { acts } from './acts.js';
import type { ActResult } from './acts.js';
import { CleanUp } from './clean-up.js';
import { DemoDatabase } from './database.js';
import { HELP, UsageError, parseOptions } from './options.js';
import type { DemoOptions } from './options.js';
import { painter } from './paint.js';
import { progressOn } from './progress.js';
import type { Progress } from './progress.js';
import { brokenPromises } from './promises.js';
import { actLine, closingSentence, jsonReport, notes, table } from './report.js';
import type { LeftOut } from './report.js';
import { runAct } from './run-act.js';
import type { Stage } from './stage.js';
import { killWorkers } from './worker.js';
import { wrap } from './wrap.js';

/** Connections for the bystander and the counter, in addition to the limit of mysqlpool. */
const ROOM = 5;

/**
 * max_connections of a small server, as in shared hosting: too few for a connection per client, enough for the limit.
 */
const connectionsFor = ({ clients, limit }: DemoOptions): number =>
  Math.max(limit + ROOM, Math.min(60, Math.floor(clients * 0.6)));

async function findServer(options: DemoOptions, progress: Progress): Promise<[TestServer, boolean]> {
  const onProgress = (line: string): void => progress.step(`${options.server}: ${line}`);
  // An existing server is used as it is, without options.
  if (process.env['MYSQLPOOL_TEST_URL']) {
    const server = await startServer(options.server, { onProgress });
    if (!(server instanceof OwnServer)) return [server, false];
    await server[Symbol.asyncDispose]();
  }
  return [await startServer(options.server, { maxConnections: connectionsFor(options), onProgress }), true];
}

async function setStage(options: DemoOptions, progress: Progress, cleanUp: CleanUp): Promise<[Stage, LeftOut[]]> {
  const [server, isOurs] = await findServer(options, progress);
  cleanUp.add(() => server[Symbol.asyncDispose]());
  const database = new DemoDatabase(server);
  if (!isOurs) cleanUp.add(() => database.drop());
  const maxConnections = await database.maxConnections();
  const whose = isOurs ? '' : ', an existing server';
  progress.end();
  progress.event(`${server.kind} ${server.version}${whose}, at most ${maxConnections} connections`);
  const reason = 'an existing server (MYSQLPOOL_TEST_URL) cannot be killed';
  const leftOut = isOurs || !options.acts.includes(3) ? [] : [{ name: 'database-killed', reason }];
  return [{ options, server, database, maxConnections, progress }, leftOut];
}

async function play(options: DemoOptions, cleanUp: CleanUp): Promise<number> {
  const stream = options.json ? process.stderr : process.stdout;
  const progress = progressOn(stream);
  cleanUp.add(() => progress.end());
  const [stage, leftOut] = await setStage(options, progress, cleanUp);
  cleanUp.add(killWorkers);
  const paint = painter(stream);
  const results: ActResult[] = [];
  for (const act of acts(options).filter(({ name }) => leftOut.every((each) => each.name !== name))) {
    const result = await runAct(act, stage);
    results.push(result);
    progress.event(actLine(result, options.limit));
  }
  const columns = stream.columns || 100;
  stream.write(`\n${table(results, options.limit, columns, paint)}\n\n`);
  for (const note of notes(results, options.limit, leftOut)) stream.write(`${wrap(note, columns)}\n`);
  stream.write(`${wrap(closingSentence(results, options), columns)}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(jsonReport(results, options, leftOut))}\n`);
  return results.some((result) => brokenPromises(result, options.limit).length > 0) ? 1 : 0;
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const cleanUp = new CleanUp();
  cleanUp.onSignals();
  try {
    return await play(options, cleanUp);
  } catch (error) {
    // The signal handler ends the process, with the right exit status.
    if (cleanUp.isInterrupted) return 1;
    throw error;
  } finally {
    await cleanUp.run();
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${isUsage ? '' : 'the demo failed: '}${(error as Error).message}\n`);
    process.exitCode = isUsage ? 2 : 1;
  },
);
