// npm run api: writes what each entry of the package exports, with its types, into docs/api/; with --check it compares.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = process.cwd();
const reports = join(root, 'docs/api');
const scratch = mkdtempSync(join(tmpdir(), 'node-mysqlpool-api-'));
const silent = { default: { logLevel: 'none' } };

/** The extractor's configuration for one entry point of the package; all of `files` are compiled with it. */
function configOf({ word, types }, files) {
  const configObject = {
    projectFolder: root,
    mainEntryPointFilePath: join(root, types),
    compiler: {
      overrideTsconfig: {
        compilerOptions: {
          target: 'es2022',
          // The extractor cannot follow Node's own declaration of AbortSignal.
          lib: ['es2023', 'esnext.disposable', 'dom'],
          module: 'nodenext',
          types: ['node'],
          strict: true,
          skipLibCheck: true,
        },
        files,
      },
    },
    apiReport: { enabled: true, reportFileName: `${word}.api.md`, reportFolder: scratch, reportTempFolder: scratch },
    newlineKind: 'lf',
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
  };
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
}

/** The types of one entry point as text: `interface Foo { … }` for each export, sorted by name. */
function reportOf({ word }, config, compilerState) {
  Extractor.invoke(config, { localBuild: true, compilerState, messageCallback: (message) => (message.handled = true) });
  return readFileSync(join(scratch, `${word}.api.md`), 'utf8');
}

// Comments that the extractor adds to every declaration.
const NOISE = /^[ \t]*\/\/ (?:@public|\(undocumented\)|\(No @packageDocumentation.*)\n/gm;

/**
 * The report without the extractor's comments. The code block is not marked as plain TypeScript, since it does not
 * compile.
 */
function tidy(path, report) {
  const code = /```ts\n(.*)```/s.exec(report)[1].replaceAll(NOISE, '');
  return `# ${path}\n\n\`\`\`ts signatures\n${code.trim()}\n\`\`\`\n`;
}

/** All reports, by file name. */
function allReports() {
  const { name, exports: map } = JSON.parse(readFileSync('package.json', 'utf8'));
  const entries = Object.entries(map)
    .filter(([path]) => path !== './package.json')
    .map(([path, file]) => ({
      path,
      word: path === '.' ? 'index' : path.slice(2).replaceAll('/', '-'),
      types: file.replace(/^\.\//, '').replace(/\.js$/, '.d.ts'),
    }));
  const files = entries.map(({ types }) => types);
  const configs = entries.map((entry) => configOf(entry, files));
  // One compiler program for all entry points: most of the time is spent on the types that they share.
  const compilerState = CompilerState.create(configs[0], {
    additionalEntryPoints: files.map((file) => join(root, file)),
  });
  return new Map(
    entries.map((entry, n) => [
      `${entry.word}.md`,
      tidy(entry.path.replace('.', name), reportOf(entry, configs[n], compilerState)),
    ]),
  );
}

function differences(fresh) {
  const old = new Map(readdirSync(reports).map((file) => [file, readFileSync(join(reports, file), 'utf8')]));
  return [...new Set([...old.keys(), ...fresh.keys()])].filter((file) => old.get(file) !== fresh.get(file));
}

try {
  const fresh = allReports();
  if (process.argv.includes('--check')) {
    const changed = differences(fresh);
    for (const file of changed) console.log(`docs/api/${file} is not what the package exports`);
    if (changed.length > 0) console.log('if it is meant to be, `npm run api` writes it anew');
    process.exitCode = changed.length > 0 ? 1 : 0;
  } else {
    rmSync(reports, { recursive: true, force: true });
    mkdirSync(reports, { recursive: true });
    for (const [file, text] of fresh) writeFileSync(join(reports, file), text);
    console.log(`docs/api: ${fresh.size} reports`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
