import { EXIT, type ExitStatus } from './exit-status.js';

/** Ends the command: said in one line on stderr, without a stack. The text never holds a secret. */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus) {
    super(message);
    this.status = status;
  }
}

/** The command line is at fault. */
export class UsageError extends Failure {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(message, EXIT.usage);
  }
}
