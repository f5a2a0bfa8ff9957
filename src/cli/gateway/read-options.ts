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

/** The options that were given, and where each of them was given. */
export interface SaidOptions {
  /** Not validated yet: `startGateway` does that. */
  readonly options: GatewayOptions;
  /** Where an option was given, as an error message names it. */
  placeOf(option: string): string;
  readonly echo: EchoLevel;
}

/**
 * Collects the options of the gateway. The command line wins over the environment, which wins over the section
 * `gateway` of mysqlpool.config.json. All of these win over `MYSQLPOOL_ARGUMENTS` and the other settings that apply to
 * every pool.
 * @throws UsageError
 */
export function readOptions(given: Given, io: Io): SaidOptions {
  const config = given.get('config');
  const env = { ...io.env, ...(config !== undefined && { MYSQLPOOL_CONFIG: config }) };
  try {
    const found = findSettings(undefined, env, io.folder);
    const { options, echo } = ofEveryPool(found);
    const own = new Map<string, Found>([...ofGateway(found, io), ...ofCommandLine(given)]);
    // The two sizes belong together: if `maxSize` is set for the gateway, a `maxIdle` for every pool no longer applies.
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

/** The error for an invalid option, which names the place where the user has given it. */
export function faultAt(said: SaidOptions, error: PoolError & { readonly option: string }): UsageError {
  const [name = ''] = error.option.split('.');
  const place = said.placeOf(name);
  const message = error.message.replace(`${error.pool}: `, '');
  const rest = message.replace(new RegExp(`^(?:option "${name}": |${name}: )`), '');
  return new UsageError(harmless(place === name ? message : `${place}: ${rest}`));
}

/** Translates the settings that apply to every pool (`MYSQLPOOL_BACKEND` and so on) into options of the gateway. */
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
  // In an AssertionPool no caller waits: a command that finds the only session in use fails at once.
  if (poolClass === 'AssertionPool') say('queueTimeout', found.backend, 0);
  // A SingletonThreadPool has a connection for each thread: the gateway gives each client a session of its own.
  if (poolClass === 'SingletonThreadPool') say('mode', found.backend, 'session');
  if (maxTotal !== Infinity) say('maxTotal', found.maxTotal, maxTotal);
  if (fleet !== false) say('fleet', found.fleet, fleet);
  return { options, echo };
}

/**
 * The gateway's options from the environment and the file. An unknown environment variable with our prefix is ignored,
 * since platforms define some for a service called `mysqlpool-gateway`; a warning is printed only if its name is close
 * to an option's.
 */
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
