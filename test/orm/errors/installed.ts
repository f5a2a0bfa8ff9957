import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { node22Project } from '../support/node-22-project.js';
import { otherNode } from '../support/other-version.js';

const root = join(__dirname, '../../../..');

const PACKAGES = {
  mysql2: '3.24.6',
  '@mikro-orm/core': '7.2.1',
  '@mikro-orm/mysql': '7.2.1',
  '@adonisjs/lucid': '22.4.2',
  '@adonisjs/core': '7.5.2',
  '@adonisjs/assembler': '8.5.2',
  luxon: '3.7.2',
  knex: '3.3.0',
  '@prisma/adapter-mariadb': '7.10.0',
  '@prisma/client': '7.10.0',
};

/** Where some of the ORMs are installed, with these tests beside them. */
export interface Installed {
  readonly node: string;
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
}

export const HERE: Installed = { node: process.execPath, folder: join(root, '.build/test') };

/** A project with the ORMs that are not installed here, or need a newer Node: Lucid, MikroORM 7 and Prisma. */
export async function elsewhere(): Promise<Installed> {
  const [folder, node] = await Promise.all([node22Project('errors', PACKAGES), otherNode(24)]);
  const project = join(root, 'examples/prisma/project.mjs');
  const client = execFileSync(process.execPath, [project, join(root, 'test/orm/prisma')], { encoding: 'utf8' }).trim();
  return { node, folder, env: { MYSQLPOOL_TEST_PRISMA_CLIENT: client } };
}
