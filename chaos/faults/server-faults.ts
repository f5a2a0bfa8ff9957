import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import { LIMIT } from '../site.js';
import { insist, type Fault, type Ground } from './fault.js';

/** How long (ms) a server needs, after it was frozen, to notice the clients that have disconnected meanwhile. */
const CATCH_UP = 700;

const crash: Fault = {
  name: 'kill -9',
  async run({ site, random, sessionLimit }) {
    await sessionLimit.blind(async () => {
      await site.server.kill();
      await sleep(random.int(0, 500));
      await site.server.start();
    });
  },
};

const restart: Fault = {
  name: 'restart',
  run: ({ site, sessionLimit }) => sessionLimit.blind(() => site.server.restart()),
};

const freeze: Fault = {
  name: 'freeze',
  async run({ site, random, sessionLimit }) {
    await sessionLimit.blind(async () => {
      await site.server.freeze();
      await sleep(random.int(100, 1_800));
      await site.server.thaw();
      await sleep(CATCH_UP);
    });
  },
};

/** Little more than the pool's own limit, so that other clients can take every connection that the pool loses. */
const ROOM = LIMIT + 4;
const USUAL_ROOM = 151;

async function takeRoom({ site }: Ground, fillers: Connection[]): Promise<void> {
  const { host, port, user, password } = site.server;
  for (let more = 0; more < ROOM; more++) {
    try {
      const filler = await createConnection({ host, port, user, password, connectTimeout: 2_000 });
      filler.on('error', () => undefined);
      fillers.push(filler);
    } catch {
      return;
    }
  }
}

const fill: Fault = {
  name: 'fill',
  async run(ground) {
    const { site, random } = ground;
    const fillers: Connection[] = [];
    try {
      await insist(() => site.server.admin(`SET GLOBAL max_connections = ${ROOM}`));
      await takeRoom(ground, fillers);
      // Makes the pool give up its connections, which other clients then take.
      site.pool.evict();
      for (let round = random.int(2, 8); round > 0; round--) {
        await sleep(100);
        await takeRoom(ground, fillers);
      }
    } finally {
      for (const filler of fillers) filler.destroy();
      await insist(() => site.server.admin(`SET GLOBAL max_connections = ${USUAL_ROOM}`));
    }
  },
};

const readOnly: Fault = {
  name: 'read-only',
  async run({ site, random }) {
    try {
      await insist(() => site.server.admin('SET GLOBAL read_only = 1'));
      await sleep(random.int(100, 800));
    } finally {
      await insist(() => site.server.admin('SET GLOBAL read_only = 0'));
    }
  },
};

const rotate: Fault = {
  name: 'password',
  async run({ site, random }) {
    const late = random.int(0, 300);
    await insist(() => site.rotatePassword(late));
    site.pool.evict();
  },
};

export const SERVER_FAULTS: readonly Fault[] = [crash, restart, freeze, fill, readOnly, rotate];
