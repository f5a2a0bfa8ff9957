import { EXIT, type ExitStatus } from './exit-status.js';

/**
 * An expected failure, which ends the command. It is printed as one line on stderr, without a stack. The message never
 * contains a secret.
 */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus) {
    super(message);
    this.status = status;
  }
}

/** A mistake on the command line. */
export class UsageError extends Failure {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(message, EXIT.usage);
  }
}
