import { internals, type MysqlConnection } from './driver.js';
import { firstAnswer, isLetter, type FirstAnswer } from './first-answer.js';

const LONGEST_SHOWN = 40;

/**
 * Gives up a connection at once if its peer does not speak MySQL. mysql2 would take the first bytes of SSH, HTTP or
 * mail servers for the length of a packet that never arrives, and for other bytes its errors are no help.
 */
export function refuseOtherProtocols(connection: MysqlConnection): void {
  const { stream } = internals(connection);
  let first: Buffer = Buffer.alloc(0);
  const look = (chunk: Buffer): void => {
    first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
    const answer = firstAnswer(first);
    if (answer === undefined) return;
    stream.off('data', look);
    const what = describe(answer, first);
    if (what === undefined) return;
    const text = `what answers there does not speak MySQL's protocol; ${what}`;
    const error = Object.assign(new Error(text), { code: 'PROTOCOL_NOT_MYSQL', fatal: true });
    // Emitted before mysql2 sees these bytes: it may raise an error of its own, and the first error is the one that is
    // reported.
    connection.emit('error', error);
    stream.destroy(error);
  };
  // Runs before mysql2's own listener.
  stream.prependListener('data', look);
}

function describe(answer: FirstAnswer, first: Buffer): string | undefined {
  if (answer === 'greeting' || answer === 'error') return undefined;
  const shown = first.subarray(0, LONGEST_SHOWN);
  if (answer === 'text') return `it begins with "${Buffer.from(shown.filter(isLetter)).toString('latin1')}"`;
  if (answer === 'x-protocol')
    return "it speaks MySQL's X protocol, as port 33060 does; the other one is 3306 as a rule";
  return `it begins with the bytes ${shown.subarray(0, 5).toString('hex')}`;
}
