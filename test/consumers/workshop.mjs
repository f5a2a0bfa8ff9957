import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, npm, npx } from './command.mjs';

export const templates = dirname(fileURLToPath(import.meta.url));
export const root = dirname(dirname(templates));
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const built = join(root, '.build', 'package');
const QUIETLY = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel', 'error'];

/**
 * A temporary folder outside the repository, in which the packed package is installed as a user would: from its
 * tarball, by npm. Projects are made in subfolders of an installation and find the packages in the folder above.
 */
export class Workshop {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'node-mysqlpool-consumers-')));
  #nodes = new Map();
  #made = new Map();

  /** Builds and packs the package; answers what npm says about the tarball. */
  async pack() {
    await command(process.execPath, [join(root, 'scripts/package.mjs')], { cwd: root });
    const [report] = JSON.parse(await npm(['pack', '--json', '--pack-destination', this.folder], { cwd: built }));
    this.tarball = join(this.folder, report.filename);
    return report;
  }

  /** Installs the tarball with these packages. The driver comes along as its peer, unless it is among them. */
  async install(name, dependencies) {
    const folder = this.#write(name, { private: true, dependencies });
    await npm(['install', ...QUIETLY, this.tarball], { cwd: folder });
    return folder;
  }

  /** Has npm find out what it would install, and installs nothing. @throws CommandError with ERESOLVE when it cannot */
  async resolve(name, dependencies) {
    const folder = this.#write(name, { private: true, dependencies });
    await npm(['install', '--package-lock-only', ...QUIETLY, this.tarball], { cwd: folder });
  }

  /** What `make` answers for that name; made when it is first wanted, by whichever consumer that is. */
  once(name, make) {
    if (!this.#made.has(name)) this.#made.set(name, make(name));
    return this.#made.get(name);
  }

  /** Makes a project out of a template, in an installation. `type` is 'commonjs' or 'module'. */
  project(installation, name, template, type) {
    const folder = this.#write(join(installation, name), { private: true, type });
    cpSync(join(templates, template), folder, { recursive: true });
    return folder;
  }

  /** A folder with nothing in it, where no package is found. */
  empty(name) {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /** The path of a Node of that major version: our own if it is one, else one that npm fetches and keeps in its cache. */
  node(major) {
    if (!this.#nodes.has(major)) this.#nodes.set(major, this.#findNode(major));
    return this.#nodes.get(major);
  }

  async #findNode(major) {
    if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
    const path = (await npx(['-y', `node@${major}`, '-p', 'process.execPath'], { cwd: this.folder })).trim();
    const version = (await command(path, ['-p', 'process.versions.node'])).trim();
    if (!version.startsWith(`${major}.`)) throw new Error(`wanted Node ${major}, got ${version} in ${path}`);
    return path;
  }

  #write(name, content) {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify(content, undefined, 2));
    return folder;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
