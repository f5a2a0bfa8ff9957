import { didYouMean, warnOnce } from '../pool/index.js';

const PREFIX = 'MYSQLPOOL_';

/** Every environment variable that the package reads, without the common prefix. */
export const ENVIRONMENT_NAMES = [
  'ARGUMENTS',
  'BACKEND',
  'CONFIG',
  'DATABASES',
  'DEBUG',
  'FLEET',
  'MAX_TOTAL',
  'MONITOR',
  'MONITOR_ALLOW',
  'MONITOR_TOKEN',
] as const;

/** Prefix of the options of the command `mysqlpool gateway`, which checks these variables itself. */
const OF_GATEWAY = 'MYSQLPOOL_GATEWAY_';

/** Whether the package reads this variable. */
export const isEnvironmentName = (variable: string): boolean =>
  variable.startsWith(OF_GATEWAY) || ENVIRONMENT_NAMES.some((known) => variable === PREFIX + known);

/** Warns, once per variable, about variables whose names nearly match one of ours: they would be silently ignored. */
export function warnOfMisspelt(env: NodeJS.ProcessEnv): void {
  for (const variable of Object.keys(env)) {
    const name = /^MYSQL_?POOL_(.+)$/i.exec(variable)?.[1];
    if (name === undefined) continue;
    if (isEnvironmentName(variable)) continue;
    const hint = didYouMean(name, ENVIRONMENT_NAMES).replace('"', `"${PREFIX}`);
    if (hint === '') continue;
    warnOnce('MYSQLPOOL_ENVIRONMENT', `the environment has ${variable}, which nobody reads${hint}`, variable);
  }
}
