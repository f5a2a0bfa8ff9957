import { internals, type MysqlConnection } from './driver.js';

const LONGEST_SHOWN = 40;

/**
 * Gives a connection up at once when what answers does not speak MySQL: SSH, HTTP and mail begin with a text, which mysql2
 * takes for the length of a packet that never comes.
 */
export function refuseOtherProtocols(connection: MysqlConnection): void {
  const { stream } = internals(connection);
  stream.once('data', (first: Buffer) => {
    // A greeting of MySQL begins with its length, which is short, and the number 0.
    if (first.length < 4 || !first.subarray(0, 4).every(isLetter)) return;
    const shown = Buffer.from(first.subarray(0, LONGEST_SHOWN).filter(isLetter)).toString('latin1');
    const error = new Error(`what answers there does not speak MySQL; it begins with "${shown}"`);
    stream.destroy(Object.assign(error, { code: 'PROTOCOL_NOT_MYSQL', fatal: true }));
  });
}

const isLetter = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
