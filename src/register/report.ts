const wanted = (process.env['MYSQLPOOL_DEBUG'] ?? '').split(/[\s,]+/);
const isDebug = wanted.includes('register') || wanted.includes('*');

/** Says what was done, when `MYSQLPOOL_DEBUG=register` asks for it. */
export function debug(text: string): void {
  if (isDebug) process.stderr.write(`node-mysqlpool/register: ${text}\n`);
}

const explained = new Set<string>();

/** Says once what does not work and what to do about it. */
export function explain(text: string): void {
  if (explained.has(text)) return;
  explained.add(text);
  process.emitWarning(`node-mysqlpool/register: ${text}`, { type: 'MysqlPoolWarning', code: 'MYSQLPOOL_REGISTER' });
}
