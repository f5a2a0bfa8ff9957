/** The default permits: no limit, unless the process has one. */
import { defaultPermits } from 'node-mysqlpool/pool';
import { MaxTotal } from '#internal/budget/index.js';
import { setProcessPermits } from '#internal/pool/permits.js';
import { FakeClock } from '../pool/support/fake-clock.js';
import { permitsConformance } from './permits-conformance.js';
import { unlimitedConformance } from './unlimited-conformance.js';

unlimitedConformance('the default', () => defaultPermits);

unlimitedConformance('the default in a process without end', () => {
  setProcessPermits(new MaxTotal(Infinity, { clock: new FakeClock() }));
  return defaultPermits;
});

permitsConformance('the default in a process that has a limit', (limit) => {
  const clock = new FakeClock();
  setProcessPermits(new MaxTotal(limit, { clock }));
  return { permits: defaultPermits, advance: (ms) => clock.advance(ms) };
});
