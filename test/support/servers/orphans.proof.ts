import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { until } from '../until.js';
import { startOwnServer } from './index.js';
import { isAlive } from './is-alive.js';
import { SERVER_KINDS } from './test-server.js';

const ENDINGS = [
  { name: 'is killed', does: 'wait', signal: 'SIGKILL' },
  { name: 'is killed while the server is frozen', does: 'frozen', signal: 'SIGKILL' },
  { name: 'is asked to end', does: 'wait', signal: 'SIGTERM' },
  { name: 'is interrupted', does: 'wait', signal: 'SIGINT' },
  { name: 'loses its terminal', does: 'wait', signal: 'SIGHUP' },
  { name: 'comes to its end', does: 'nothing', signal: undefined },
  { name: 'throws', does: 'throw', signal: undefined },
] as const;

for (const kind of SERVER_KINDS) {
  describe(`a ${kind} server and its folder are gone after its process`, () => {
    for (const { name, does, signal } of ENDINGS) {
      it(name, async () => {
        const script = join(__dirname, 'fixtures', 'start-and-end.js');
        const child = spawn(process.execPath, [script, kind, does], { stdio: ['ignore', 'pipe', 'ignore'] });
        const exit = once(child, 'exit');
        const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
        const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
        if (signal) {
          assert.ok(isAlive(pid) && existsSync(join(folder, 'data')), 'it was there');
          child.kill(signal);
        }
        await exit;
        await until(() => !isAlive(pid) && !existsSync(folder));
      });
    }
  });

  it(`a ${kind} server does not outlive a guardian that is killed`, async () => {
    await using server = await startOwnServer(kind);
    const { pid, folder } = server;
    process.kill(server.guardianPid, 'SIGKILL');
    await until(() => !isAlive(pid) && !existsSync(folder));
    await assert.rejects(server.start(), /guardian/);
  });
}
