import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeTlsFiles } from '#support/servers/certificate.js';
import type { TestServer } from '#support/servers/index.js';
import { freePort } from '#support/servers/server-port.js';
import type { Way } from './way.js';

const main = join(__dirname, '../../../dist/cli/main.js');
/** How many sessions the gateway may have at the server: few, so that clients share them. */
export const BACKENDS = 4;
/** The account in the gateway's file of users, if it has one. */
export const LISTED = { user: 'listed', password: 'written down' } as const;
const READY_MS = 30_000;

/** The gateway as users start it, as a process of its own, with few backends so that clients share them. */
export async function startGateway(mode: string, server: TestServer, listsUsers: boolean): Promise<Way> {
  const folder = await mkdtemp(join(tmpdir(), 'mysqlpool-gateway-'));
  const port = await freePort();
  const files = makeTlsFiles();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const users = join(folder, 'users.json');
  await writeFile(users, JSON.stringify({ [LISTED.user]: LISTED.password }));
  const tls = ['--tls-cert', join(folder, 'server-cert.pem'), '--tls-key', join(folder, 'server-key.pem')];
  const limits = ['--mode', mode, '--max-size', `${BACKENDS}`, ...(listsUsers ? ['--users', users] : [])];
  const address = `mysql://${server.host}:${server.port}`;
  const args = [main, 'gateway', address, '--listen', `${port}`, ...limits, ...tls];
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the gateway does not listen: ${said.join(' / ')}`)), READY_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (!line.includes(`:${port}`)) {
          process.stderr.write(`gateway: ${line}\n`);
          return;
        }
        clearTimeout(late);
        resolve();
      });
    }
    void ended.then(() => {
      clearTimeout(late);
      reject(new Error(`the gateway ended: ${said.slice(-5).join(' / ')}`));
    });
  });
  return {
    name: mode,
    host: '127.0.0.1',
    port,
    ca: join(folder, 'ca.pem'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
