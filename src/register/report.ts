const wanted = (process.env['MYSQLPOOL_DEBUG'] ?? '').split(/[\s,]+/);
const isDebug = wanted.includes('register') || wanted.includes('*');

/** Prints what was done, if `MYSQLPOOL_DEBUG=register` asks for it. */
export function debug(text: string): void {
  if (isDebug) process.stderr.write(`node-mysqlpool/register: ${text}\n`);
}

const explained = new Set<string>();

/** Warns once about what does not work, and how to fix it. */
export function explain(text: string): void {
  if (explained.has(text)) return;
  explained.add(text);
  process.emitWarning(`node-mysqlpool/register: ${text}`, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_REGISTER' });
}
