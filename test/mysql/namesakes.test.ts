import assert from 'node:assert/strict';
import { once } from 'node:events';
import { it } from 'node:test';
import { createPool } from 'node-mysqlpool';

it('pools of one name and with the same options that pile up are told', async (t) => {
  const heard: string[] = [];
  const listen = ({ code }: Error & { code?: string }): unknown => heard.push(String(code));
  process.on('warning', listen);
  t.after(() => process.off('warning', listen));
  const make = (name: string | undefined, maxSize: number, whereto = 'u@127.0.0.1:1/d'): void => {
    const pool = createPool(`mysql://${whereto}`, { maxSize, ...(name === undefined ? {} : { name }) });
    t.after(() => pool.close());
  };
  for (const maxSize of [1, 2, 3, 3]) make('one of several', maxSize);
  for (let n = 0; n < 3; n++) make(undefined, 1);
  // Like pools for several tenants, which differ in user, host, port or database.
  const wheretos = ['u@127.0.0.1:1/d', 'u@127.0.0.1:1/e', 'v@127.0.0.1:1/d', 'u@127.0.0.1:2/d', 'u@127.0.0.2:1/d'];
  for (const whereto of wheretos) make('of a customer', 1, whereto);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, []);
  const warning = once(process, 'warning') as Promise<[Error]>;
  for (let n = 0; n < 3; n++) make('reloaded', 1);
  const [{ message }] = await warning;
  assert.match(message, /^3 pools called "reloaded" with the same options are open: keep one on globalThis/);
});
