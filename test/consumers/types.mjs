import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { manifest, root } from './workshop.mjs';

const NODE_TYPES = ['20', '22', '24', '26'];

const CONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable', 'esnext.decorators'],
    module: 'node16',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    // What is linked is read as if it were installed here, beside these types of Node.
    preserveSymlinks: true,
    noEmit: true,
  },
  files: ['entries.ts'],
};

/**
 * Every entry of the package, read with all that it refers to and without skipLibCheck, beside the types of each version
 * of Node: by the newest compiler, which is quick, or by all of them. What the libraries around it do wrong is theirs; a
 * line about a file of ours, or about what imports it, fails.
 */
export function typesOfEveryEntry(workshop, compilers, all) {
  const chosen = all ? compilers : compilers.slice(-1);
  const pairs = chosen.flatMap((compiler) => NODE_TYPES.map((types) => [compiler, types]));
  return pairs.map(([compiler, types]) => ({
    name: `types of every entry (typescript ${compiler}, @types/node ${types})`,
    run: async () => {
      const folder = await workshop.once(`types-${types}`, (name) => prepare(workshop, name, types));
      const tsc = join(workshop.folder, 'main', 'node_modules', `typescript-${compiler}`, 'bin/tsc');
      const said = await command(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], {
        cwd: folder,
      }).catch(({ message }) => message);
      const lines = said.split('\n').filter((line) => line.includes('error TS'));
      // Without a file, it is about the configuration, and nothing was read.
      const ours = lines.filter((line) => /^(error TS|entries\.ts|\S*node_modules\/node-mysqlpool\/)/.test(line));
      if (ours.length > 0) throw new Error(ours.join('\n'));
      if (said !== '' && lines.length === 0) throw new Error(said);
    },
  }));
}

/** An installation with these types of Node, and the libraries that the repository has. */
async function prepare(workshop, name, types) {
  const folder = await workshop.install(name, { '@types/node': types });
  linkOthers(join(root, 'node_modules'), join(folder, 'node_modules'));
  const entries = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));
  const lines = entries.map((path, i) => `import * as entry${i} from '${path.replace('.', manifest.name)}';`);
  const used = `export const entries: object[] = [${entries.map((_, i) => `entry${i}`).join(', ')}];`;
  writeFileSync(join(folder, 'entries.ts'), [...lines, used, ''].join('\n'));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(CONFIG));
  return folder;
}

/** Every package that is not there yet; those of a scope one by one. */
function linkOthers(from, to) {
  for (const entry of readdirSync(from)) {
    if (entry.startsWith('@')) {
      mkdirSync(join(to, entry), { recursive: true });
      linkOthers(join(from, entry), join(to, entry));
    } else if (!entry.startsWith('.') && !readdirSync(to).includes(entry)) {
      symlinkSync(join(from, entry), join(to, entry), 'junction');
    }
  }
}
