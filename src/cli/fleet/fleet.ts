import type { Command } from '../command.js';
import { EXIT } from '../exit-status.js';
import type * as Show from './show.js';

export const fleet: Command = {
  name: 'fleet',
  summary: 'which processes have how many sessions of an account, and its limit',
  operands: '[URL]',
  mostOperands: 1,
  options: { json: { help: 'the same as JSON' } },
  help: [
    'Asks the server, over one short connection of the account itself, for its limit and its sessions: how many each process ' +
      'has, where the server tells (performance_schema), or else how many come from each host.',
    'URL is mysql://user@host; without one DATABASE_URL counts, or the accounts of the settings (file and environment). A ' +
      'password in URL can be seen in the list of processes: DATABASE_URL in the environment can not.',
    'While the account is full the server lets this command in no more than anybody else: it tries for three seconds.',
  ],
  statuses: {
    [EXIT.fine]: 'the account has a limit, and room below it',
    [EXIT.wrong]: 'it is full, has no limit, is not let in, or the settings are wrong',
    [EXIT.usage]: 'a mistake on the command line, or no account is named',
    [EXIT.unreachable]: 'a server cannot be reached',
  },
  // Loaded only when the command runs: it loads the driver, which other commands do not need.
  run: (given, io) => (require('./show.js') as typeof Show).show(given, io),
};
