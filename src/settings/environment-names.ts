import { didYouMean, warnOnce } from '../pool/index.js';

const PREFIX = 'MYSQLPOOL_';

/** Every variable of the environment that the package reads, without what all of them begin with. */
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

/** What follows is an option of the command `mysqlpool gateway`, which looks at it itself. */
const OF_GATEWAY = 'MYSQLPOOL_GATEWAY_';

/** Whether a variable is one that the package reads. */
export const isEnvironmentName = (variable: string): boolean =>
  variable.startsWith(OF_GATEWAY) || ENVIRONMENT_NAMES.some((known) => variable === PREFIX + known);

/** Warns, once for each, of variables that are nearly called as one of ours: they would be overlooked. */
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
