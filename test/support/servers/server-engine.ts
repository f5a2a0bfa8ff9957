import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeTlsFiles } from './certificate.js';
import { asRoot, copyDataTemplate } from './data-template.js';
import type { GuardedProcess } from './guarded-process.js';
import type { Progress } from './progress.js';
import { runCommand } from './run-command.js';
import { STORAGE_ARGUMENTS, accountStatements, serverArguments } from './server-arguments.js';
import type { ServerBinary } from './server-binary.js';
import type { ServerKind, ServerOptions } from './test-server.js';

/** How a server's process is started and signalled: as a program of this machine or in a container. */
export interface ServerEngine {
  readonly hasSocket: boolean;
  launch(port: number): Promise<void>;
  signal(signal: NodeJS.Signals): Promise<void>;
}

export type EngineFactory = (
  kind: ServerKind,
  options: ServerOptions,
  process: GuardedProcess,
  progress: Progress,
) => Promise<ServerEngine>;

/** Runs the server as a child process of the guardian, with its data, socket and log in the guardian's folder. */
export function programEngine(binary: ServerBinary): EngineFactory {
  return async (kind, options, guarded, progress) => {
    const { folder } = guarded;
    await writeServerFiles(kind, options, folder);
    await copyDataTemplate(binary, join(folder, 'data'), progress);
    await mkdir(join(folder, 'tmp'));
    const args = [
      ...binary.args,
      ...asRoot,
      ...STORAGE_ARGUMENTS[kind],
      '--bind-address=127.0.0.1',
      `--datadir=${join(folder, 'data')}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--tmpdir=${join(folder, 'tmp')}`,
      `--init-file=${join(folder, 'accounts.sql')}`,
      ...serverArguments(kind, options, join(folder, 'tls')),
    ];
    return {
      hasSocket: true,
      launch: (port) => guarded.launch(binary.command, [...args, `--port=${port}`]),
      signal: (signal) => guarded.signal(signal),
    };
  };
}

const IMAGES: Record<ServerKind, string> = { mariadb: 'mariadb:10.11', mysql: 'mysql:9' };

export async function hasDocker(): Promise<boolean> {
  const info = runCommand('docker', ['info'], { timeout: 10_000 });
  return info.then(
    () => true,
    () => false,
  );
}

/**
 * Runs the server in a container, which the guardian removes. The guardian's child process is the attached Docker
 * client.
 */
export const dockerEngine: EngineFactory = async (kind, options, guarded, progress) => {
  const { folder } = guarded;
  const name = `mysqlpool-test-${randomBytes(6).toString('hex')}`;
  await writeServerFiles(kind, options, folder);
  // The server in the container runs as another user, who must be able to read the files.
  await chmod(folder, 0o755);
  progress(`fetching the image ${IMAGES[kind]}`);
  await runCommand('docker', ['pull', '--quiet', IMAGES[kind]], { timeout: 600_000 });
  await guarded.atEnd('docker', ['rm', '--force', '--volumes', name]);
  const allow = ['MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1', 'MYSQL_ALLOW_EMPTY_PASSWORD=1', 'MYSQL_INITDB_SKIP_TZINFO=1'];
  const create = [
    'create',
    '--name',
    name,
    '--volume',
    `${folder}:/mysqlpool:ro`,
    ...allow.flatMap((each) => ['--env', each]),
  ];
  const args = ['--init-file=/mysqlpool/accounts.sql', ...serverArguments(kind, options, '/mysqlpool/tls')];
  let isCreated = false;
  return {
    hasSocket: false,
    async launch(port) {
      if (!isCreated) {
        await runCommand('docker', [...create, '--publish', `127.0.0.1:${port}:3306`, IMAGES[kind], ...args]);
        isCreated = true;
      }
      await guarded.launch('docker', ['start', '--attach', name]);
    },
    async signal(signal) {
      const verb = { SIGSTOP: ['pause'], SIGCONT: ['unpause'] }[signal as string] ?? ['kill', '--signal', signal];
      // For Docker it is an error to pause a paused container or to end one that has ended: ignored.
      if (guarded.isRunning) await runCommand('docker', [...verb, name]).catch(() => {});
    },
  };
};

async function writeServerFiles(kind: ServerKind, options: ServerOptions, folder: string): Promise<void> {
  await writeFile(join(folder, 'accounts.sql'), accountStatements(kind));
  if (!options.tls) return;
  await mkdir(join(folder, 'tls'));
  for (const [name, text] of Object.entries(makeTlsFiles())) await writeFile(join(folder, 'tls', name), text);
}
