import { freshDatabase, type TestServer } from '#support/servers/index.js';
import type { Request } from './arguments.js';
import type { Client } from './clients.js';
import { BACKENDS } from './gateway-process.js';
import { runProgram, type Target } from './program.js';
import { runtimeOf, type Runtime } from './runtimes.js';
import { serverName, type Report } from './table.js';
import { withWays, type Way } from './way.js';

const PROGRAM: Client = { name: 'Django', runtime: 'python', program: 'exhaustion.py', modes: ['text'] };
const TABLE = 'CREATE TABLE things (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE)';
const SAMPLE_MS = 50;
// Idle sessions end after two seconds, and there are fewer than the application has threads.
const SERVER = { waitTimeout: 2, maxConnections: 40 };

/**
 * An application of 60 threads with persistent connections, and a worker outside any request: directly, it exhausts the
 * server and finds its connections gone. Through the gateway there is no error, and the server has few sessions.
 */
export async function testExhaustion(request: Request, report: Report): Promise<void> {
  let runtime: Runtime;
  try {
    runtime = await runtimeOf('python', request.suite);
  } catch (error) {
    report.say(`Django cannot be had here: ${(error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
    return;
  }
  await withWays(request, SERVER, async (server, ways) => {
    const cells: string[] = [];
    for (const way of ways) {
      const { done, errors, sessions } = await runAgainst(server, way, runtime);
      const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
      const isDirect = way.name === 'direct' || way.name === 'relay';
      const kinds = Object.keys(errors).join(' ');
      const isRight = isDirect
        ? kinds.includes('1040') && /\b(2006|2013|4031)\b/.test(kinds)
        : failed === 0 && done === 183 && sessions <= BACKENDS;
      report[isRight ? 'passed' : 'failed']++;
      cells.push(`${failed} errors in ${done}, ${sessions} sessions`);
      report.say(`${serverName(server)}, ${way.name}: ${cells.at(-1)}`);
      for (const [text, count] of Object.entries(errors)) report.say(`  ${count} x ${text}`);
    }
    report.rows.push({ client: '60 threads and a worker of Django', server: serverName(server), how: 'text', cells });
  });
}

async function runAgainst(
  server: TestServer,
  { host, port }: Way,
  runtime: Runtime,
): Promise<{ done: number; errors: Record<string, number>; sessions: number }> {
  await using database = await freshDatabase(server, TABLE);
  const { user, password } = server;
  const names = { database: database.name, other: database.name };
  const target: Target = { host, port, user, password, ca: undefined, ...names };
  const isOver = new AbortController();
  const most = mostSessions(server, isOver.signal);
  try {
    const { answers, failure } = await runProgram(PROGRAM, runtime, 'text', target);
    if (failure !== undefined) throw new Error(failure);
    const done = Object.values(answers.get('done')?.result as Record<string, number>);
    const errors = answers.get('errors')?.result as Record<string, number>;
    isOver.abort();
    return { done: done.reduce((sum, count) => sum + count, 0), errors, sessions: await most };
  } finally {
    isOver.abort();
  }
}

/** The most sessions that the server had of the application's account, looked at often. */
async function mostSessions(server: TestServer, isOver: AbortSignal): Promise<number> {
  let most = 0;
  while (!isOver.aborted) {
    most = Math.max(most, await server.connections(server.user));
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  return most;
}
