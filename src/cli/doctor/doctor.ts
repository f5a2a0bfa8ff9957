import type { Command } from '../command.js';
import { EXIT } from '../exit-status.js';
import type * as Examine from './examine.js';

export const doctor: Command = {
  name: 'doctor',
  summary: 'check the settings against the server, and say what is wrong or risky',
  operands: '',
  mostOperands: 0,
  options: {
    config: {
      value: 'FILE',
      help: 'the settings to check; default mysqlpool.config.json in this folder, or MYSQLPOOL_CONFIG',
    },
    url: { value: 'URL', help: 'a database instead of those that are configured: mysql://user@host/name?maxSize=10' },
    processes: { value: 'N', help: 'how many processes run the program at the same time; default 1' },
    json: { help: 'the findings as JSON' },
  },
  help: [
    'Reads the settings as the program would (file and environment), asks each server about its limits, and says in plain ' +
      'sentences what is wrong or risky, why, and which line to change.',
    'It opens one short connection to each server, and changes nothing. Passwords are never shown. A password in --url can ' +
      'be seen in the list of processes: DATABASE_URL in the environment can not.',
  ],
  statuses: {
    [EXIT.fine]: 'nothing is wrong (there may be warnings)',
    [EXIT.wrong]: 'an error was found',
    [EXIT.usage]: 'a mistake on the command line',
    [EXIT.unreachable]: 'a server cannot be reached (the rest was checked)',
  },
  // Loaded only when the command runs: it loads the driver, which other commands do not need.
  run: (given, io) => (require('./examine.js') as typeof Examine).examine(given, io),
};
