import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';

const ADMIN = { email: 'admin@example.com', password: 'a-long-passw0rd' };

/** Directus, with its own Knex 3.1.0 and mysql2 3.15.3. */
export const directus = {
  name: 'Directus',
  version: '11.17.4',
  ready: '/server/ping',

  async install(folder) {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    await npm(['install', '--ignore-scripts', `directus@${this.version}`], folder);
    // The only required package with native code, which has to be built for the running Node.
    await npm(['rebuild', 'isolated-vm'], folder);
  },

  start(folder, { host, port, user, password }, database, listen) {
    const cli = 'node_modules/directus/cli.js';
    return {
      cwd: folder,
      commands: [
        [cli, 'bootstrap'],
        [cli, 'start'],
      ],
      env: {
        DB_CLIENT: 'mysql',
        DB_HOST: host,
        DB_PORT: port,
        DB_USER: user,
        DB_PASSWORD: password,
        DB_DATABASE: database,
        HOST: '127.0.0.1',
        PORT: listen,
        PUBLIC_URL: `http://127.0.0.1:${listen}`,
        SECRET: 'of this run alone, and long enough',
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        TELEMETRY: 'false',
        // The limiter would refuse requests because the machine is busy.
        PRESSURE_LIMITER_ENABLED: 'false',
      },
    };
  },

  async signIn(call) {
    const { body } = await call('POST', '/auth/login', ADMIN);
    const headers = { authorization: `Bearer ${body.data.access_token}` };
    const id = { field: 'id', type: 'integer', schema: { is_primary_key: true, has_auto_increment: true } };
    const title = { field: 'title', type: 'string', schema: {} };
    await call('POST', '/collections', { collection: 'notes', schema: {}, meta: {}, fields: [id, title] }, headers);
    return {
      read: () => call('GET', '/items/notes?limit=5', undefined, headers),
      write: (text) => call('POST', '/items/notes', { title: text }, headers),
    };
  },

  written: (database) => `SELECT title FROM \`${database}\`.notes`,
};
