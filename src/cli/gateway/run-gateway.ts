import { startGateway, type GatewayOptions, type RunningGateway } from '../../gateway/index.js';
import { attach, consoleSink } from '../../log/index.js';
import { watchPools } from '../../metrics/watch-pools.js';
import type { ListenOptions } from '../../monitor/index.js';
import { codeOf, PoolError } from '../../pool/index.js';
import { count } from '../amounts.js';
import type { Given } from '../command.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { plainMessage } from '../monitor-client.js';
import { harmless } from '../text.js';
import { faultAt, readOptions, type SaidOptions } from './read-options.js';

/** Runs a gateway until a signal ends it. */
export async function runGateway(given: Given, io: Io): Promise<ExitStatus> {
  // The name that the live page and the operating system's process list show.
  process.title = 'mysqlpool gateway';
  const said = readOptions(given, io);
  const { echo } = said;
  const stop =
    echo === 'off'
      ? undefined
      : watchPools(undefined, (pool) => {
          attach(pool, consoleSink(console, echo));
          return () => undefined;
        });
  const running = await start(said, io);
  io.stdout.write(`${linesOf(running).join('\n')}\n`);
  await aborted(io.signal);
  await running.close();
  stop?.();
  return EXIT.fine;
}

async function start(said: SaidOptions, io: Io): Promise<RunningGateway> {
  try {
    return await startGateway({ ...said.options, ...monitorOf(said, io) });
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof PoolError && code === 'GATEWAY_OPTION')
      throw faultAt(said, error as PoolError & { option: string });
    if (error instanceof PoolError && code === 'MONITOR_OPTION')
      throw faultAt(said, Object.assign(error, { option: 'monitor' }));
    const isForeseen = code === 'GATEWAY_LISTEN' || code === 'GATEWAY_SERVER' || code === 'MONITOR_LISTEN';
    if (isForeseen) throw new Failure(plainMessage(error as Error), EXIT.unreachable);
    throw error;
  }
}

/** The option `monitor`: where the live page listens, with the token and the allowed actions from the environment. */
function monitorOf({ options }: SaidOptions, { env }: Io): Pick<GatewayOptions, 'monitor'> {
  const given: unknown = options.monitor;
  if (given === undefined) return {};
  const [, host, port] = (typeof given === 'string' && /^(?:\[?([^[\]]+)\]?:)?(\d+)$/.exec(given)) || [];
  const place = typeof given === 'number' ? { port: given } : port === undefined ? given : { host, port: Number(port) };
  if (typeof place !== 'object' || place === null) return { monitor: given as never };
  const { MYSQLPOOL_MONITOR_TOKEN: token, MYSQLPOOL_MONITOR_ALLOW: allow = '' } = env;
  const actions = allow.split(/[\s,]+/).filter((action) => action !== '') as ListenOptions['allow'];
  return {
    monitor: { ...(token && { token }), ...(actions!.length > 0 && { allow: actions }), ...place },
  };
}

/** What is printed at the start: where the gateway listens, its server, its limits, and the URL of the live page. */
function linesOf({ addresses, server, mode, limits: most, monitorUrl }: RunningGateway): string[] {
  const { maxSize, maxTotal, maxClients } = most;
  const limits = [
    `${mode} mode`,
    `${count(maxSize, 'session')} for each account`,
    ...(maxTotal === Infinity ? [] : [`${maxTotal} of all`]),
    `${count(maxClients, 'client')} at most`,
  ];
  const from = `${server.address} (${server.product} ${server.version})`;
  return [
    harmless(`mysqlpool gateway: ${addresses.join(', ')} to ${from}; ${limits.join(', ')}`),
    ...(monitorUrl === undefined ? [] : [monitorUrl]),
  ];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
