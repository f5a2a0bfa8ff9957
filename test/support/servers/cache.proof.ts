import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, truncateSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildFolder, checkFolder, sweepUnfinished } from './built-folder.js';
import { copyDataTemplate } from './data-template.js';
import { withFileLock } from './file-lock.js';
import { findBinary, wantedSuite } from './find-binary.js';
import { installedBinary, parseVersion } from './server-binary.js';
import { SERVER_KINDS } from './test-server.js';

describe('cache of servers', () => {
  let folder: string;
  /** The id of a process that has ended. */
  const { pid: gone } = spawnSync(process.execPath, ['-e', '']);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mysqlpool cache '));
  });
  after(() => rm(folder, { recursive: true }));

  it('knows which server a version line is of, and which are too old', () => {
    const of = (text: string): string => Object.values(parseVersion(text) ?? {}).join(' ');
    assert.equal(
      of('mariadbd  Ver 10.11.18-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)'),
      'mariadb 10.11.18',
    );
    assert.equal(of('/a/mysqld  Ver 11.8.2-MariaDB for Linux'), 'mariadb 11.8.2');
    assert.equal(of('/opt/mariadb/mysqld  Ver 9.7.4-2 for Linux on x86_64 ((Debian))'), 'mysql 9.7.4');
    assert.equal(of('mysqld  Ver 8.0.36-0ubuntu0.22.04.1 for Linux'), 'mysql 8.0.36');
    assert.equal(of('mysqld  Ver 5.7.44 for Linux'), '');
    assert.equal(of('mariadbd  Ver 10.5.9-MariaDB'), '');
    assert.equal(of('something else'), '');
  });

  it('takes the name of a suite from the environment, and nothing that could be something else', () => {
    assert.equal(wantedSuite('mariadb', { MYSQLPOOL_TEST_MARIADB: 'trixie' }), 'trixie');
    assert.equal(wantedSuite('mysql', { MYSQLPOOL_TEST_MARIADB: 'trixie', MYSQLPOOL_TEST_MYSQL: '' }), undefined);
    for (const suite of ['../x', 'a b', 'trixie\n', '11.8', '-o']) {
      assert.throws(() => wantedSuite('mysql', { MYSQLPOOL_TEST_MYSQL: suite }), /MYSQLPOOL_TEST_MYSQL: expected/);
    }
  });

  it('takes a program from the PATH only if it is the kind that was asked for', async () => {
    const path = join(folder, 'bin');
    await buildFolder(
      () => path,
      folder,
      async (unfinished) => {
        const script = '#!/bin/sh\necho "mysqld  Ver 10.11.2-MariaDB for Linux"\n';
        await writeFile(join(unfinished, 'mysqld'), script, { mode: 0o755 });
      },
    );
    assert.equal((await installedBinary('mariadb', path))?.version, '10.11.2');
    assert.equal(await installedBinary('mysql', path), undefined);
  });

  it('lets one process at a time build, and takes over from a dead one', async () => {
    const lock = join(folder, 'a.lock');
    await writeFile(lock, String(gone));
    let inside = 0;
    let most = 0;
    const task = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(lock, task)));
    assert.equal(most, 1);
    await assert.rejects(
      withFileLock(lock, () => Promise.reject(new Error('failed'))),
      /failed/,
    );
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('lock')),
      [],
    );
  });

  it('has folders whole or not at all', async () => {
    const place = join(folder, 'built');
    await assert.rejects(
      buildFolder(
        () => place,
        folder,
        async (unfinished) => {
          await writeFile(join(unfinished, 'half'), 'x');
          throw new Error('half way');
        },
      ),
      /half way/,
    );
    assert.equal(existsSync(place), false);
    await buildFolder(
      () => place,
      folder,
      async (unfinished) => {
        await writeFile(join(unfinished, 'file'), 'whole');
        return 'note';
      },
    );
    assert.equal(await checkFolder(place), 'note');
    truncateSync(join(place, 'file'), 2);
    assert.equal(await checkFolder(place), undefined);
    assert.equal(await checkFolder(join(folder, 'nowhere')), undefined);
  });

  it('sweeps what dead builders left, not what living ones do', async () => {
    await writeFile(join(folder, `unfinished-${gone}-0`), '');
    await writeFile(join(folder, `unfinished-${process.pid}-0`), '');
    await sweepUnfinished(folder);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('unfinished')),
      [`unfinished-${process.pid}-0`],
    );
  });

  for (const kind of SERVER_KINDS) {
    it(`builds one data template for all who ask, and again when it is damaged (${kind})`, async () => {
      const cache = join(folder, `cache-${kind}`);
      const binary = await findBinary(kind, () => {});
      const lines: string[] = [];
      const copies = ['a', 'b'].map((name) => join(folder, `${kind}-${name}`));
      await Promise.all(copies.map((copy) => copyDataTemplate(binary, copy, (line) => lines.push(line), cache)));
      assert.deepEqual(lines, ['making a first data folder']);
      const file = join(cache, `data-${kind}-${binary.version}`, 'data', 'ibdata1');
      truncateSync(file, 10);
      await copyDataTemplate(binary, join(folder, `${kind}-c`), (line) => lines.push(line), cache);
      assert.equal(lines.length, 2);
      assert.ok((await readFile(file)).length > 10);
    });
  }
});
