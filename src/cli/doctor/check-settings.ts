import { didYouMean } from '../../pool/index.js';
import { ENVIRONMENT_NAMES, isEnvironmentName } from '../../settings/environment-names.js';
import type { Facts } from './facts.js';
import type { Finding } from './finding.js';

// Only the tests of this package use TEST_URL.
const VARIABLES = [...ENVIRONMENT_NAMES, 'TEST_URL'].map((name) => `MYSQLPOOL_${name}`);

/** Reports settings that `configure` would refuse. */
export function checkMistakes({ mistakes, sources }: Facts): Finding[] {
  if (mistakes.length > 0) {
    return mistakes.map(({ setting, message, isOfPools }) => ({
      severity: 'error',
      check: 'settings',
      about: 'settings',
      seen: message,
      why: `The program stops at its first connection with this error.${isOfPools ? ' The other checks go by the defaults instead.' : ''}`,
      change: `Correct ${setting}.`,
    }));
  }
  if (sources.length === 0) return [];
  return [
    { severity: 'ok', check: 'settings', about: 'settings', seen: `The settings are valid (${sources.join(', ')}).` },
  ];
}

/** Reports an error if no database is configured: there is nothing to check, although the user asked for it. */
export function checkNothing({ databases, mistakes }: Facts): Finding[] {
  if (databases.length > 0 || mistakes.length > 0) return [];
  return [
    {
      severity: 'error',
      check: 'nothing',
      about: 'settings',
      seen: 'No database is configured: there is no mysqlpool.config.json here, no DATABASE_URL and no MYSQLPOOL_DATABASES.',
      why: 'What is set in code, by configure() or createPool(), cannot be seen from outside.',
      change: 'Name a file with --config, or a database with --url (its pool options go behind the question mark).',
    },
  ];
}

/** Whether an environment variable is one of ours. */
export const isKnownVariable = (name: string): boolean => VARIABLES.includes(name) || isEnvironmentName(name);

/** Finds environment variables that look like ours but are read by nothing, most likely because of a typing error. */
export function checkVariables({ variables }: Facts): Finding[] {
  return variables
    .filter((name) => !isKnownVariable(name))
    .map((name) => ({
      severity: 'warning',
      check: 'environment',
      about: 'environment',
      seen: `The environment has ${name}, which nothing reads${didYouMean(name, VARIABLES)}.`,
      why: 'What it was to set is not set.',
      change: 'Correct its name, or take it away.',
    }));
}
