/** What a command ends with, for scripts. */
export const EXIT = {
  /** Nothing is wrong. */
  fine: 0,
  /** The command did its work, and found something wrong. */
  wrong: 1,
  /** A mistake on the command line. */
  usage: 2,
  /** What was asked for could not be reached. */
  unreachable: 3,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
