import { shown } from '../pool/index.js';

/**
 * The error for a method that was called without its object, as in `const { query } = pool; query('SELECT 1')`. Without
 * it, the engine of JavaScript would only say that it cannot read a private field.
 * @param owner what messages call the object, such as `pool`
 * @param self what the method was called on
 */
export function calledAlone(owner: string, method: string, self: unknown): TypeError {
  const on = self === undefined ? `without its ${owner}` : `on ${shown(self)} that is no ${owner}`;
  return new TypeError(
    `${method} was called ${on}: call ${owner}.${method}(…), or pass on ${owner}.${method}.bind(${owner})`,
  );
}
