import { asQuery, type Executable, type Take } from './as-query.js';
import { internals, type Command, type MysqlConnection } from './driver.js';

/**
 * Sends several commands in one write when it is the turn of the first, and handles their answers one after the other.
 * mysql2 itself sends each command only after the previous one was answered. Every command is sent, even if one before
 * it fails.
 *
 * The commands are queued in mysql2 as they are, without a wrapper class: V8 optimises the reading of rows for the few
 * command classes that it has seen, and another class would slow it down in the whole process.
 */
export function sendTogether(connection: MysqlConnection, commands: readonly Command[]): void {
  const line = commands.map((command) => asQuery(connection, command)) as Executable[];
  const [first, ...rest] = line;
  if (first === undefined) return;
  const inside = internals(connection);
  const begin = first.next ?? first.start;
  first.next = (packet) => {
    inside.stream.cork?.();
    inside.sequenceId = 0;
    const answer = begin.call(first, packet, connection);
    for (const command of rest) {
      command.execute(undefined, connection);
      command.next = awaiting(command.next!);
    }
    inside.stream.uncork?.();
    inside.sequenceId = FIRST_OF_ANSWER;
    return answer;
  };
  for (const command of line) inside.addCommand(command);
}

// Sequence numbers of an answer continue from its command, which has number 0.
const FIRST_OF_ANSWER = 1;

/**
 * When it is the command's turn, mysql2 starts it; as it was sent long ago, only the expected sequence number is set.
 */
const awaiting =
  (answer: Take): Take =>
  (_, connection) => {
    internals(connection).sequenceId = FIRST_OF_ANSWER;
    return answer;
  };
