import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Gateway } from '#internal/gateway/gateway.js';
import { SERVER_KINDS } from '#support/servers/index.js';
import { describe as textOfDifference } from './differential/describe.js';
import { FAULTS, withFault } from './differential/planted.js';
import { keptPrograms } from './differential/program.js';
import { throughGateway } from './differential/roads.js';
import { Scene } from './differential/scene.js';
import { Trial } from './differential/trial.js';

for (const kind of SERVER_KINDS) {
  describe(`programs through the gateway in rotation, on ${kind}`, () => {
    it('that failed once are answered as they are directly, byte for byte', async () => {
      await using scene = await Scene.open(kind);
      const trial = new Trial(scene, throughGateway(Gateway));
      for (const program of keptPrograms(kind)) {
        const difference = await trial.differs(program);
        assert.ok(difference === undefined, difference && `${program.file}: ${textOfDifference(program, difference)}`);
      }
    });
  });
}

it('each fault that the programs have to find can still be planted', () => {
  const dist = join(__dirname, '..', '..', '..', 'dist');
  for (const fault of FAULTS) withFault(readFileSync(join(dist, fault.file), 'utf8'), fault);
});
