// node examples/register/index.mjs mysql://user:password@host/database
// Runs app.mjs as it is, with one flag and one setting more: node --import node-mysqlpool/register app.mjs
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const cwd = dirname(fileURLToPath(import.meta.url));
const env = { ...process.env, DATABASE_URL: process.argv[2] ?? process.env.DATABASE_URL, MYSQLPOOL_MAX_TOTAL: '8' };
const said = execFileSync(process.execPath, ['--import', 'node-mysqlpool/register', 'app.mjs'], { cwd, env });
const { queries, failed, peak } = JSON.parse(said);

const ok = failed === 0 && peak <= 8;
console.log(
  `six ORMs with pools of 20: node --import node-mysqlpool/register; ${queries - failed} of ${queries} queries, ` +
    `peak ${peak} of 8 connections; ${ok ? 'ok' : 'FAILED'}`,
);
process.exitCode = ok ? 0 : 1;
