/** The exit statuses of all commands, for scripts. */
export const EXIT = {
  /** Nothing is wrong. */
  fine: 0,
  /** The command did its work, and found something wrong. */
  wrong: 1,
  /** A mistake on the command line. */
  usage: 2,
  /** A monitor or a server cannot be reached, or an address cannot be listened on. */
  unreachable: 3,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
