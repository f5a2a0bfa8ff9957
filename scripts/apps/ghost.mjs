import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, runTool } from './npm.mjs';

const OWNER = { name: 'Owner', email: 'owner@example.com', password: 'kettle-harbour-violet-92', blogTitle: 'Proof' };

/** Ghost, with its own Knex 2.4.2 and mysql2 3.14.2. */
export const ghost = {
  name: 'Ghost',
  version: '5.130.6',
  ready: '/ghost/api/admin/site/',

  /** Does what Ghost's own installer does: unpacks the npm archive and installs the dependencies in it. */
  async install(folder) {
    await npm(['pack', '--silent', `ghost@${this.version}`], folder);
    await runTool('tar', ['xzf', `ghost-${this.version}.tgz`], folder);
    const file = join(folder, 'package/package.json');
    const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify(manifest));
    // Ghost's dependencies have conflicting peers, and those that have to be compiled are not needed with MySQL.
    await npm(['install', '--legacy-peer-deps', '--ignore-scripts'], join(folder, 'package'));
  },

  start(folder, { host, port, user, password }, database, listen) {
    const content = mkdtempSync(join(tmpdir(), 'mysqlpool-ghost-'));
    cpSync(join(folder, 'package/content'), content, { recursive: true });
    const connection = { host, port, user, password, database };
    return {
      cwd: join(folder, 'package'),
      commands: [['index.js']],
      env: {
        NODE_ENV: 'development',
        url: `http://127.0.0.1:${listen}`,
        server__port: listen,
        database__client: 'mysql',
        ...Object.fromEntries(
          Object.entries(connection).map(([key, value]) => [`database__connection__${key}`, value]),
        ),
        paths__contentPath: content,
        mail__transport: 'stub',
        security__staffDeviceVerification: 'false',
        privacy__useUpdateCheck: 'false',
        logging__transports: '["stdout"]',
      },
    };
  },

  /** Signs in, and returns the calls to make while the database restarts. */
  async signIn(call) {
    await call('POST', '/ghost/api/admin/authentication/setup/', { setup: [OWNER] });
    const { email: username, password } = OWNER;
    const { headers } = await call('POST', '/ghost/api/admin/session/', { username, password });
    const cookie = headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    return {
      read: () => call('GET', '/ghost/api/admin/posts/?limit=5', undefined, { cookie }),
      write: (title) => call('POST', '/ghost/api/admin/posts/', { posts: [{ title }] }, { cookie }),
    };
  },

  written: (database) => `SELECT title FROM \`${database}\`.posts`,
};
