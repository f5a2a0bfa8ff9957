import type { Facts, ProjectFacts } from './facts.js';
import type { Finding } from './finding.js';

interface Library {
  readonly name: string;
  /** The module of this package that adapts the library; undefined if there is none. */
  readonly adapter: string | undefined;
  /** How the library handles connections without that module. */
  readonly alone: string;
  /** Whether `node-mysqlpool/register` makes the library use our pools. */
  readonly byRegister: boolean;
}

const OWN_POOL = 'keeps a pool of its own';
const MYSQL2_POOL = "uses mysql2's pool";

const LIBRARIES: readonly Library[] = [
  { name: 'knex', adapter: 'knex', alone: `${OWN_POOL} (tarn)`, byRegister: true },
  { name: 'sequelize', adapter: 'sequelize', alone: `${OWN_POOL} (sequelize-pool)`, byRegister: true },
  { name: '@sequelize/core', adapter: 'sequelize7', alone: `${OWN_POOL} (sequelize-pool)`, byRegister: false },
  { name: '@prisma/client', adapter: 'prisma', alone: 'connects with an engine of its own', byRegister: false },
  { name: 'typeorm', adapter: 'typeorm', alone: MYSQL2_POOL, byRegister: true },
  { name: '@mikro-orm/mysql', adapter: 'mikro-orm', alone: MYSQL2_POOL, byRegister: true },
  { name: 'drizzle-orm', adapter: 'drizzle', alone: MYSQL2_POOL, byRegister: true },
  { name: 'kysely', adapter: 'kysely', alone: MYSQL2_POOL, byRegister: true },
  { name: 'mysql', adapter: undefined, alone: 'opens connections that we never see', byRegister: false },
  { name: 'mariadb', adapter: undefined, alone: 'opens connections that we never see', byRegister: false },
  { name: 'serverless-mysql', adapter: undefined, alone: 'manages connections by itself', byRegister: true },
];

/** Checks for other libraries that open or pool connections: the limits of our pools do not cover those. */
export function checkProject({ project }: Facts): Finding[] {
  if (project === undefined) return [];
  const used = LIBRARIES.filter(({ name }) => project.dependencies.has(name));
  if (used.length === 0) return [];
  return used.map((library) => checkLibrary(project, library));
}

function checkLibrary(project: ProjectFacts, { name, adapter, alone, byRegister }: Library): Finding {
  const found = { check: 'double_pooling', about: project.manifest };
  if (byRegister && project.registers) {
    return { ...found, severity: 'ok', seen: `${name} is taken over by node-mysqlpool/register.` };
  }
  const module = adapter === undefined ? undefined : `node-mysqlpool/${adapter}`;
  const unless = module === undefined ? '' : ` unless it is given ${module}`;
  return {
    ...found,
    // Only a note: the program may already use that module, or use the library for another database, or not at all.
    severity: 'note',
    seen: `The project depends on ${name}, which ${alone}${unless}.`,
    why: 'Its connections come on top of ours: they count towards max_connections, and no limit of ours holds for them.',
    change:
      [
        ...(module === undefined ? ['Connect with mysql2'] : [`Use ${module}`]),
        ...(byRegister ? ['start the program with node --import node-mysqlpool/register'] : []),
        'leave it, if it connects elsewhere',
      ].join('; or ') + '.',
  };
}
