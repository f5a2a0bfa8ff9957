import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkingFleet, type WorkingProcess } from './support/working-fleet.js';

describe('a full fleet whose processes see nothing but the count', () => {
  it('serves every request of a rolling deployment, whose new processes wait for no lease of one that has vanished', async () => {
    const LEASE = 60_000;
    for (let seed = 1; seed <= 3; seed++) {
      const fleet = new WorkingFleet(8, seed);
      const add = (): WorkingProcess => {
        const made = fleet.add({}, { acquireTimeout: 30_000 });
        made.work(4, 100);
        return made;
      };
      const old = Array.from({ length: 4 }, add);
      await fleet.pass(6_000);
      const lost = old[1]!;
      const fresh: WorkingProcess[] = [];
      for (const [i, each] of old.entries()) {
        const made = add();
        fresh.push(made);
        await fleet.until(10_000, () => made.served > 0);
        if (each === lost) each.vanish(LEASE);
        else {
          each.work(0, 0);
          await fleet.until(10_000, () => each.isDone);
          void each.process.pool.close();
        }
        if (i === 1) assert.ok(lost.held > 0, 'and places of the lost one are counted');
      }
      const before = fresh.map(({ served }) => served);
      await fleet.pass(10_000);
      assert.ok(lost.held > 0, 'they still are');
      for (const [i, { served }] of fresh.entries()) assert.ok(served - before[i]! > 20, `${served - before[i]!}`);
      for (const each of fleet.processes) {
        if (each !== lost) assert.deepEqual([each.failed, each.longestWait < 10_000], [0, true], `${each.longestWait}`);
      }
      await fleet.until(LEASE, () => fresh.reduce((sum, { held }) => sum + held, 0) === 8);
      await fleet.close();
    }
  });

  it('serves those first who have waited longest, nearly always, with three times as many processes as places', async () => {
    const waits: number[] = [];
    const STEP = 10;
    for (let seed = 1; seed <= 6; seed++) {
      const fleet = new WorkingFleet(2, seed);
      for (let i = 0; i < 6; i++) fleet.add().work(3, 100);
      await fleet.pass(8_000);
      const without = fleet.processes.map(() => 0);
      const before = fleet.processes.map(({ process }) => process.fleet.stats().refusals);
      for (let at = 0; at < 40_000; at += STEP) {
        await fleet.pass(STEP);
        for (const [i, { busy }] of fleet.processes.entries()) {
          if (busy === 0) without[i]! += STEP;
          else if (without[i]! > 0) {
            waits.push(without[i]!);
            without[i] = 0;
          }
        }
      }
      waits.push(...without);
      for (const [i, { process }] of fleet.processes.entries()) {
        const rate = (process.fleet.stats().refusals - before[i]!) / 40;
        assert.ok(rate <= 5, `${rate} refused logins a second`);
      }
      await fleet.close();
    }
    const sorted = waits.filter((ms) => ms >= 500).toSorted((a, b) => a - b);
    const [late, last] = [sorted[Math.floor(sorted.length * 0.99)]!, sorted.at(-1)!];
    assert.ok(late <= 8_500 && last <= 13_000, `${late}, ${last} of ${sorted.length}`);
  });
});
