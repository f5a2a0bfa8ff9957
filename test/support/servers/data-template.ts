import { constants, existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFolder, checkFolder, discardFolder, sweepUnfinished } from './built-folder.js';
import { cacheFolder } from './cache-folder.js';
import { withFileLock } from './file-lock.js';
import type { Progress } from './progress.js';
import { runCommand } from './run-command.js';
import { STORAGE_ARGUMENTS } from './server-arguments.js';
import type { ServerBinary } from './server-binary.js';

/** Servers refuse to run as root without this option. */
export const asRoot: readonly string[] = process.getuid?.() === 0 ? ['--user=root'] : [];

/**
 * Copies the template of a new data folder for that server to `folder`. The template is built first if there is none,
 * or if one of its files is missing or has another size. Safe in several processes at once.
 */
export async function copyDataTemplate(
  binary: ServerBinary,
  folder: string,
  progress: Progress,
  cache: string = cacheFolder,
): Promise<void> {
  const template = join(cache, `data-${binary.kind}-${binary.version}`);
  if ((await checkFolder(template)) === undefined) {
    await mkdir(cache, { recursive: true });
    await withFileLock(`${template}.lock`, async () => {
      if ((await checkFolder(template)) !== undefined) return;
      await discardFolder(template);
      await sweepUnfinished(cache);
      progress('making a first data folder');
      await buildFolder(
        () => template,
        cache,
        async (unfinished) => {
          await (binary.kind === 'mysql' ? initialiseMySql : initialiseMariaDb)(binary, join(unfinished, 'data'));
          return binary.version;
        },
      );
    });
  }
  await cp(join(template, 'data'), folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
  // Holds the server's UUID, by which replicas know each other: the server makes a new one for every copy.
  await rm(join(folder, 'auto.cnf'), { force: true });
}

async function initialiseMySql(binary: ServerBinary, data: string): Promise<void> {
  const args = [...binary.args, ...asRoot, `--datadir=${data}`, '--initialize-insecure', ...STORAGE_ARGUMENTS.mysql];
  await runCommand(binary.command, args, { timeout: 120_000 });
}

async function initialiseMariaDb(binary: ServerBinary, data: string): Promise<void> {
  await mkdir(data);
  const args = [
    ...binary.args,
    ...asRoot,
    `--datadir=${data}`,
    '--bootstrap',
    '--max-allowed-packet=8M',
    ...STORAGE_ARGUMENTS.mariadb,
  ];
  await runCommand(binary.command, args, { timeout: 120_000, input: await systemTableScript(binary) });
}

/**
 * The SQL that mariadb-install-db runs on a server in bootstrap mode. The script itself works only where it is
 * installed.
 */
async function systemTableScript(binary: ServerBinary): Promise<string> {
  const parts = ['system_tables', 'performance_tables', 'system_tables_data', 'add_gis_sp_bootstrap', 'sys_schema'];
  const statements = ['CREATE DATABASE mysql;', 'USE mysql;', 'SET @auth_root_socket=NULL;'];
  for (const part of parts) {
    const files = binary.shares.flatMap((share) =>
      ['mariadb', 'mysql', 'maria'].map((prefix) => join(share, `${prefix}_${part}.sql`)),
    );
    const file = files.find((each) => existsSync(each));
    if (!file) throw new Error(`MariaDB ${binary.version} came without its script for ${part}`);
    statements.push(await readFile(file, 'utf8'));
  }
  return `${statements.join('\n')}\n`;
}
