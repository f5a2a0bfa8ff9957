import { POOL_ACTIONS, serveReports, type Monitor, type PoolAction } from '../monitor/index.js';
import { codeOf, didYouMean } from '../pool/index.js';
import type { Command, Given } from './command.js';
import { quoted, wholeNumber } from './command-line.js';
import { EXIT, type ExitStatus } from './exit-status.js';
import { Failure, UsageError } from './failure.js';
import type { Io } from './io.js';
import { hasToken, plainMessage } from './monitor-client.js';

export const monitor: Command = {
  name: 'monitor',
  summary: 'serve one page for the monitors of several processes',
  operands: 'URL [URL...]',
  mostOperands: 100,
  options: {
    port: { value: 'PORT', help: 'where to listen; default 0: any port that is free' },
    host: {
      value: 'HOST',
      help: 'the address to listen on; default 127.0.0.1. Any that is not loopback needs a token',
    },
    token: { value: 'TOKEN', help: 'what everybody must bring to see the page, 8 or more characters' },
    allow: { value: 'ACTIONS', help: `what may be done to pools: ${POOL_ACTIONS.join(',')}; default nothing` },
  },
  help: [
    'Joins the monitors of running programs (startMonitor, or MYSQLPOOL_MONITOR with node-mysqlpool/register) into one ' +
      'page, and prints its address. A program that cannot be reached is shown with the reason, and comes back by itself.',
    'A token of one of them goes behind its address (?token=…), or that of all of them into MYSQLPOOL_MONITOR_TOKEN. ' +
      'An action works where the program allows it, too.',
  ],
  statuses: {
    [EXIT.fine]: 'ended by Ctrl-C or a signal',
    [EXIT.usage]: 'a mistake on the command line',
    [EXIT.unreachable]: 'it cannot listen',
  },
  run,
};

async function run(given: Given, io: Io): Promise<ExitStatus> {
  const { MYSQLPOOL_MONITOR_TOKEN: secret = '' } = io.env;
  if (given.operands.length === 0) {
    throw new UsageError('which monitors? Give their addresses: mysqlpool monitor URL [URL...]');
  }
  const page = await start({
    sources: given.operands.map((url) => (hasToken(url) || secret === '' ? url : { url, token: secret })),
    port: wholeNumber(given, 'port', 0, 65_535),
    host: given.get('host'),
    token: given.get('token'),
    allow: readActions(given.get('allow')),
  });
  io.stdout.write(`${page.url}\n`);
  await aborted(io.signal);
  await page.close();
  return EXIT.fine;
}

async function start(options: Parameters<typeof serveReports>[0]): Promise<Monitor> {
  try {
    return await serveReports(options);
  } catch (error) {
    if (codeOf(error) === 'MONITOR_OPTION') throw new UsageError(plainMessage(error as Error));
    if (codeOf(error) === 'MONITOR_LISTEN') throw new Failure(plainMessage(error as Error), EXIT.unreachable);
    throw error;
  }
}

function readActions(text: string | undefined): readonly PoolAction[] {
  const names = (text ?? '').split(',').map((name) => name.trim());
  return names.filter((name) => name !== '').map(readAction);
}

function readAction(name: string): PoolAction {
  const action = POOL_ACTIONS.find((each) => each === name);
  if (action !== undefined) return action;
  const known = POOL_ACTIONS.join(', ');
  throw new UsageError(
    `option "--allow": expected some of ${known}, got ${quoted(name)}${didYouMean(name, POOL_ACTIONS)}`,
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
