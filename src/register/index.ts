import { setProcessPermits } from '../pool/permits.js';
import { isInBun, isInJest, swapAhead } from './ahead.js';
import { copyIn } from './copy.js';
import { hookModules } from './hook.js';
import { monitorFirstPool } from './monitor.js';
import { processLimit } from './process-limit.js';
import { debug, explain } from './report.js';
import { hookSources } from './source-hook.js';
import { watchUnpooledDrivers } from './unpooled-drivers.js';

const key = Symbol.for('node-mysqlpool.register');
const holder = globalThis as { [key]?: true };

/** A file of mysql2 that was loaded before this one: modules that have required it keep mysql2's own pools. */
function loadedBefore(): string | undefined {
  return Object.keys((require.cache as NodeJS.Dict<unknown> | undefined) ?? {}).find((file) => {
    const folder = /^(.*)[\\/]lib[\\/]connection\.js$/.exec(file)?.[1];
    return folder !== undefined && copyIn(folder)?.name === 'mysql2';
  });
}

// Only once per thread, however often NODE_OPTIONS and the command line name the module.
if (holder[key] === undefined) {
  holder[key] = true;
  const isInSandbox = isInJest();
  const early = isInSandbox ? undefined : loadedBefore();
  if (early !== undefined) {
    explain(`${early} was loaded before; put --import node-mysqlpool/register first, or import it before all else`);
  }
  setProcessPermits(processLimit);
  if (isInSandbox || isInBun()) swapAhead();
  else {
    hookModules();
    hookSources();
  }
  if (!isInSandbox) {
    watchUnpooledDrivers();
    monitorFirstPool(process.env);
  }
  debug(`on in process ${process.pid}, Node ${process.version}`);
}
