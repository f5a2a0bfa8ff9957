import type { Violations } from '../violations.js';

/** Warnings that indicate a fault of ours; others, for instance about settings, are advice. */
const MISTAKES = new Set(['MaxListenersExceededWarning', 'PoolConnectorWarning', 'PoolListenerWarning']);

/** Reports unhandled rejections, uncaught exceptions and such warnings, until disposed. */
export function watchUncaught(violations: Violations): Disposable {
  const told = (what: string) => (error: unknown) =>
    violations.report('uncaught', `${what}: ${error instanceof Error ? String(error.stack) : String(error)}`);
  const rejected = told('rejection');
  const thrown = told('exception');
  const warned = (warning: Error): void => {
    if (MISTAKES.has(warning.name)) violations.report('uncaught', `${warning.name}: ${warning.message}`);
  };
  process.on('unhandledRejection', rejected);
  process.on('uncaughtException', thrown);
  process.on('warning', warned);
  return {
    [Symbol.dispose]() {
      process.off('unhandledRejection', rejected);
      process.off('uncaughtException', thrown);
      process.off('warning', warned);
    },
  };
}
