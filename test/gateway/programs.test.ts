import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Gateway } from '#internal/gateway/gateway.js';
import { SERVER_KINDS } from '#support/servers/index.js';
import { describe as textOfDifference } from './differential/describe.js';
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
