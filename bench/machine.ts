import { readFileSync } from 'node:fs';
import { availableParallelism, platform } from 'node:os';
import { join } from 'node:path';

const PACKAGES = [
  'mysql2', 'mariadb', 'tarn', 'generic-pool', 'lightning-pool', 'sequelize-pool', 'pg-pool',
]; // prettier-ignore
const MODULES = join(__dirname, '..', '..', 'node_modules');

function version(name: string): string {
  const { version: number } = JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `${name} ${number}`;
}

/** The environment of the measurement, in two sentences: runtime, platform, CPUs, servers and package versions. */
export function machine(servers: readonly string[]): string {
  const what = `Node ${process.versions.node}, ${platform()}, ${availableParallelism()} CPUs`;
  return `${[what, ...servers].join(', ')}. Versions: ${PACKAGES.map(version).join(', ')}.`;
}
