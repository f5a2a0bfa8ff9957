/** Old majors that the adapters can live with, or that a project may have for other reasons. */
const OLD = {
  typeorm: '0.3',
  prisma: '6',
  '@prisma/client': '6',
  kysely: '0.27',
  'drizzle-orm': '0.36',
  knex: '2',
  sequelize: '5',
  'prom-client': '13',
  mysql2: '2.3.3',
};

/**
 * npm resolves the package beside what a project has already, without flags: a peer range that is too narrow ends with
 * ERESOLVE, of an optional peer too. All of them at once; each of them alone when `all` is asked for.
 */
export function besideOthers(workshop, all) {
  const beside = (words, dependencies) => ({
    name: `installs beside ${words}`,
    run: () => workshop.resolve(`beside-${words.replaceAll(/\W+/g, '-')}`, dependencies),
  });
  const each = Object.entries(OLD).map(([name, version]) => beside(`${name} ${version}`, { [name]: version }));
  return [beside('old majors of all peers', OLD), ...(all ? each : [])];
}
