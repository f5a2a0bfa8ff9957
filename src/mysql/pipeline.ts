import { asQuery, type Executable, type Take } from './as-query.js';
import { internals, type Command, type MysqlConnection } from './driver.js';

/**
 * Has several commands, none of which was sent, go out in one write when the turn of the first has come, and answered one
 * after the other. mysql2 alone sends each when the last was answered. Every command is sent, whatever becomes of those
 * before it.
 *
 * They stand in mysql2's line as they are: a command of another class than its own would make it slower to read rows with,
 * for the whole process, since V8 compiles that for the few kinds of commands that it has met.
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

// The packets of each answer are counted from the command, which was number 0.
const FIRST_OF_ANSWER = 1;

/** When its turn comes mysql2 has a command begin, which was sent long ago. */
const awaiting =
  (answer: Take): Take =>
  (_, connection) => {
    internals(connection).sequenceId = FIRST_OF_ANSWER;
    return answer;
  };
