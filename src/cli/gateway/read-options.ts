import type { GatewayOptions } from '../../gateway/index.js';
import { didYouMean, type PoolError } from '../../pool/index.js';
import { SettingsError } from '../../settings/errors.js';
import { gatewayVariable, valueIn } from '../../settings/gateway-variables.js';
import { givenArguments } from '../../settings/given-arguments.js';
import { limitsOf } from '../../settings/limits.js';
import { readPoolArguments } from '../../settings/pool-arguments.js';
import { findSettings, type Found, type FoundSettings } from '../../settings/sources.js';
import type { EchoLevel } from '../../settings/echo.js';
import { BACKENDS } from '../../settings/types.js';
import { oneOfAt } from '../../settings/values.js';
import type { Given } from '../command.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { harmless } from '../text.js';
import { GATEWAY_SPECS, SETTABLE } from './option-table.js';

/** Options as they were said, and where. */
export interface SaidOptions {
  /** Not checked yet. */
  readonly options: GatewayOptions;
  /** How a message calls an option. */
  placeOf(option: string): string;
  readonly echo: EchoLevel;
}

/**
 * The command line wins over the environment, that over the section `gateway` of mysqlpool.config.json, and all of them
 * over `MYSQLPOOL_ARGUMENTS` and its like, which hold for every pool.
 * @throws UsageError
 */
export function readOptions(given: Given, io: Io): SaidOptions {
  const config = given.get('config');
  const env = { ...io.env, ...(config !== undefined && { MYSQLPOOL_CONFIG: config }) };
  try {
    const found = findSettings(undefined, env, io.folder);
    const { options, echo } = ofEveryPool(found);
    const own = new Map<string, Found>([...ofGateway(found, io), ...ofCommandLine(given)]);
    // Sizes belong together: who sets the one does not mean the other to stay.
    if (own.has('maxSize')) options.delete('maxIdle');
    const said = new Map<string, Found>([...options, ...own]);
    return {
      options: Object.fromEntries([...said].map(([name, { value }]) => [name, value])) as unknown as GatewayOptions,
      placeOf: (option) => said.get(option)?.path ?? option,
      echo,
    };
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(harmless(error.message));
    throw error;
  }
}

/** What is wrong with an option, by the name that the user has given it. */
export function faultAt(said: SaidOptions, error: PoolError & { readonly option: string }): UsageError {
  const [name = ''] = error.option.split('.');
  const place = said.placeOf(name);
  const message = error.message.replace(`${error.pool}: `, '');
  const rest = message.replace(new RegExp(`^(?:option "${name}": |${name}: )`), '');
  return new UsageError(harmless(place === name ? message : `${place}: ${rest}`));
}

/** `MYSQLPOOL_BACKEND` and its like, in the words of a gateway. */
function ofEveryPool(found: FoundSettings): { readonly options: Map<string, Found>; readonly echo: EchoLevel } {
  const { maxTotal, fleet } = limitsOf(found);
  const { path } = found.arguments;
  const backend = oneOfAt(found.backend.path, found.backend.value ?? 'QueuePool', BACKENDS);
  const {
    poolClass,
    acquireTimeout,
    reset: _,
    contextLocal: __,
    logger: ___,
    ...pool
  } = givenArguments(found.backend.value, path, found.arguments.value);
  const { echo, prefix } = readPoolArguments(path, backend, found.arguments.value);
  const options = new Map<string, Found>();
  for (const [name, value] of Object.entries(pool)) options.set(name, { path, value });
  const say = (name: string, { path: at }: Found, value: unknown): void => void options.set(name, { path: at, value });
  if (acquireTimeout !== undefined) say('queueTimeout', found.arguments, acquireTimeout);
  if (prefix !== '') say('name', found.arguments, prefix);
  if (poolClass === 'NullPool') say('maxIdle', found.backend, 0);
  // Nobody waits for the one session that there is: whoever comes while it is out is told so.
  if (poolClass === 'AssertionPool') say('queueTimeout', found.backend, 0);
  // A session for each client, as there it is one for each thread.
  if (poolClass === 'SingletonThreadPool') say('mode', found.backend, 'session');
  if (maxTotal !== Infinity) say('maxTotal', found.maxTotal, maxTotal);
  if (fleet !== false) say('fleet', found.fleet, fleet);
  return { options, echo };
}

/** A variable that is none of ours may be anybody's: systems make some up for a service of that name. */
function ofGateway({ gateway }: FoundSettings, io: Io): Map<string, Found> {
  const options = new Map(gateway);
  for (const [name, { path }] of gateway) {
    if (SETTABLE.includes(name) || path !== gatewayVariable(name)) continue;
    options.delete(name);
    const hint = didYouMean(name, SETTABLE).replace(/"(.+)"/, (_, near: string) => `"${gatewayVariable(near)}"`);
    if (hint !== '') io.stderr.write(`mysqlpool: the environment has ${path}, which nobody reads${hint}\n`);
  }
  return options;
}

function ofCommandLine(given: Given): Map<string, Found> {
  const options = new Map<string, Found>();
  const [server] = given.operands;
  if (server !== undefined) options.set('server', { path: 'the server', value: server });
  for (const [option, { sets, value: kind }] of Object.entries(GATEWAY_SPECS)) {
    const text = given.get(option);
    if (text === undefined) continue;
    const [name = '', part] = sets.split('.');
    const path = part === undefined ? `option "--${option}"` : 'options "--tls-…"';
    const value =
      kind === undefined ? !option.startsWith('no-') : kind === 'FILE' || kind === 'NAME' ? text : valueIn(text);
    const before = (options.get(name)?.value ?? {}) as object;
    options.set(name, { path, value: part === undefined ? value : { ...before, [part]: value } });
  }
  return options;
}
