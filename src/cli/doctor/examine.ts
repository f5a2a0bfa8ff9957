import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Given } from '../command.js';
import { quoted, wholeNumber } from '../command-line.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { UsageError } from '../failure.js';
import { widthOf, type Io } from '../io.js';
import { jsonText } from '../json-text.js';
import { askServer } from './ask-server.js';
import { diagnose } from './checks.js';
import type { DatabaseFacts, Facts } from './facts.js';
import type { Finding } from './finding.js';
import { prescription } from './prescription.js';
import { readProject } from './read-project.js';
import { LIKE_OURS, readSettings, type Target } from './read-settings.js';

/** Runs the command: reads the settings, asks the servers, checks the answers and prints the findings. */
export async function examine(given: Given, io: Io): Promise<ExitStatus> {
  const processes = wholeNumber(given, 'processes', 1, 100_000);
  const config = given.get('config');
  if (config !== undefined) checkFile(resolve(io.folder, config), config);
  const settings = readSettings({ env: io.env, folder: io.folder, config, url: given.get('url') });
  const databases = await askAll(settings.targets, io.signal);
  const { targets: _, ...read } = settings;
  const facts: Facts = {
    ...read,
    databases,
    processes: processes ?? 1,
    processesGiven: processes !== undefined,
    today: Date.now(),
    variables: Object.keys(io.env).filter((name) => LIKE_OURS.test(name)),
    project: readProject(io.folder, io.env),
  };
  const findings = diagnose(facts);
  if (given.has('json')) io.stdout.write(`${jsonText(asJson(facts, findings), 2)}\n`);
  else io.stdout.write(`${prescription(facts, findings, widthOf(io.stdout), given.paint).join('\n')}\n`);
  return statusOf(databases, findings);
}

function checkFile(path: string, named: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`option "--config": there is no file ${quoted(named)}`);
  }
}

/**
 * Asks each server once per pool, even if several aliases share the pool; one after the other, so that the doctor has
 * only one connection at a time.
 */
async function askAll(targets: readonly Target[], signal: AbortSignal): Promise<DatabaseFacts[]> {
  const databases: DatabaseFacts[] = [];
  for (const { facts, connection } of targets) {
    const known = databases.find(({ poolKey }) => poolKey === facts.poolKey)?.server;
    databases.push({ ...facts, server: known ?? (await askServer(connection, signal)) });
  }
  return databases;
}

function statusOf(databases: readonly DatabaseFacts[], findings: readonly Finding[]): ExitStatus {
  if (databases.some(({ server }) => server.kind === 'unreachable')) return EXIT.unreachable;
  return findings.some(({ severity }) => severity === 'error') ? EXIT.wrong : EXIT.fine;
}

/** Scripts rely on this format: names and meanings stay the same, and later versions only add properties. */
function asJson({ processes, databases }: Facts, findings: readonly Finding[]): object {
  return {
    version: 1,
    processes,
    databases: databases.map(({ alias, address, user, database, server, pool }) => ({
      alias,
      address,
      user,
      database,
      // JSON has no Infinity: null means no limit.
      maxSize: pool.maxSize === Infinity ? null : pool.maxSize,
      server:
        server.kind === 'answered'
          ? {
              answered: true,
              variables: Object.fromEntries(server.facts.variables),
              threadsConnected: server.facts.threadsConnected,
              cipher: server.facts.cipher,
              account: server.facts.account,
              sessions: server.facts.sessions && Object.fromEntries(server.facts.sessions),
            }
          : {
              answered: false,
              problem: server.why,
              full: (server.kind === 'refused' && server.full?.of) || null,
            },
    })),
    findings,
  };
}
