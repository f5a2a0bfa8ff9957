import type { Command } from '../command.js';
import { EXIT } from '../exit-status.js';
import { GATEWAY_SPECS } from './option-table.js';
import type * as Running from './run-gateway.js';

export const gateway: Command = {
  name: 'gateway',
  summary: 'pool the sessions of a server for programs in any language',
  operands: '[SERVER]',
  mostOperands: 1,
  options: {
    ...Object.fromEntries(
      Object.entries(GATEWAY_SPECS).map(([name, { value, help }]) => [
        name,
        { ...(value !== undefined && { value }), help },
      ]),
    ),
    config: { value: 'FILE', help: 'the settings; default mysqlpool.config.json in this folder, if there is one' },
  },
  help: [
    'Listens as a MySQL server, and has its clients share few sessions of SERVER (mysql://host:port, or ' +
      'mysql:///?socket=/path; ?tls=true or ?ca=FILE for TLS). Programs change host and port, and nothing else: users, ' +
      'passwords and databases stay the server’s.',
    'Whatever is not said here is taken from the environment (MYSQLPOOL_GATEWAY_MAX_SIZE for --max-size), then from ' +
      'the section "gateway" of mysqlpool.config.json ({"server": …, "maxSize": 20}), then from MYSQLPOOL_BACKEND, ' +
      'MYSQLPOOL_ARGUMENTS, MYSQLPOOL_MAX_TOTAL and MYSQLPOOL_FLEET. Times are in milliseconds.',
    'SIGTERM or Ctrl-C: new clients are refused, idle clients are told that the server shuts down, and open ' +
      'transactions may go on until --close-timeout is over. A second one ends it at once.',
  ],
  statuses: {
    [EXIT.fine]: 'ended by Ctrl-C or a signal',
    [EXIT.usage]: 'a mistake in the options, the settings or the files that they name',
    [EXIT.unreachable]: 'it cannot listen, or the server cannot be reached or is no MySQL',
  },
  // Loaded only when the command runs: other commands do not need the gateway.
  run: (given, io) => (require('./run-gateway.js') as typeof Running).runGateway(given, io),
};
