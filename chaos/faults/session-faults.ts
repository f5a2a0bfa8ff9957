import { setTimeout as sleep } from 'node:timers/promises';
import { WORKER } from '../site.js';
import { insist, type Fault, type Ground } from './fault.js';

/** Kills about `inTen` in ten of the pool's sessions, or only their statements. */
async function killSome({ site, random }: Ground, verb: 'CONNECTION' | 'QUERY', inTen: number): Promise<void> {
  const sql = `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = '${WORKER}'`;
  const sessions = await insist(() => site.server.admin(sql));
  for (const { id } of sessions) {
    // The KILL fails if the session has ended meanwhile.
    if (random.int(1, 10) <= inTen) await site.server.admin(`KILL ${verb} ${String(id)}`).catch(() => undefined);
  }
}

const killSessions: Fault = {
  name: 'kill sessions',
  async run(ground) {
    for (let times = ground.random.int(1, 3); times > 0; times--) {
      await killSome(ground, 'CONNECTION', 7);
      await sleep(ground.random.int(5, 100));
    }
  },
};

const killStatements: Fault = {
  name: 'kill statements',
  async run(ground) {
    for (let times = 4; times > 0; times--) await killSome(ground, 'QUERY', 5);
  },
};

export const SESSION_FAULTS: readonly Fault[] = [killSessions, killStatements];
