import type { Door, DoorOptions, OpenDoor } from './door.js';

/** The module of each door. */
const DOORS: Readonly<Record<string, string>> = {
  Knex: 'knex',
  'Sequelize 6': 'sequelize',
  TypeORM: 'typeorm',
  MikroORM: 'mikro-orm',
  Kysely: 'kysely',
  Drizzle: 'drizzle',
  'drop-in': 'mysql2',
  createPool: 'create-pool',
};

export const DOOR_NAMES: readonly string[] = Object.keys(DOORS);

/** Opens a door; loads only the modules of this door. */
export async function openDoor(name: string, options: DoorOptions): Promise<Door> {
  const { open } = require(`./${DOORS[name]!}.js`) as { readonly open: OpenDoor };
  return open(options);
}
