/** The fake of the engine's tests does as the connectors do that stand on real servers. */
import { FakeClock } from '../pool/support/fake-clock.js';
import { FakeConnector, FakeFailure, type FakeConnection } from '../pool/support/fake-connector.js';
import { connectorConformance, type ConnectorBench } from './connector-suite.js';

const MOST_TURNS = 1_000;

function fakeBench(): ConnectorBench<FakeConnection> {
  const clock = new FakeClock();
  const connector = new FakeConnector(clock);
  connector.dirty = 'when used';
  return {
    cleansOneWay: false,
    to: (_t, where) => {
      if (where === 'silence') connector.opening.usual = { hang: true };
      else if (where === 'full') connector.opening.next({}, { fail: new FakeFailure('too many connections', where) });
      else if (where !== 'server') connector.opening.usual = { fail: new FakeFailure('no', where) };
      return Promise.resolve({
        connector,
        count: () => connector.dialling + [...connector.live].filter(({ alive }) => alive).length,
      });
    },
    begin: (connection) => {
      const end = connector.use(connection);
      return { runs: () => Promise.resolve(), end: () => Promise.resolve(end()) };
    },
    soil: (connection) => Promise.resolve(connector.use(connection)()),
    isSoiled: (connection) => Promise.resolve(connection.used),
    kill: (connection) => Promise.resolve(connector.kill(connection)),
    demote: async (connection) => void (await Promise.resolve(connector.demote(connection))),
    until: async (condition) => {
      for (let turn = 0; turn < MOST_TURNS && !(await condition()); turn++) await clock.advance(1);
      if (!(await condition())) throw new Error(`not so after ${MOST_TURNS} ms: ${String(condition)}`);
    },
  };
}

connectorConformance('FakeConnector', () => Promise.resolve(fakeBench()));
