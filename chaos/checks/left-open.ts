import { until } from '#support/until.js';
import type { Violations } from '../violations.js';

/** The resources that may be left open, by Node's names: sockets, listeners and child processes. */
const WATCHED = ['TCPSocketWrap', 'TCPServerWrap', 'TCPConnectWrap', 'ProcessWrap'] as const;
// In ms. A socket closes in a turn or two of the event loop.
const PATIENCE = 5_000;

/** Compares the resources that are open in this process at the end with those that were open at the beginning. */
export class LeftOpen {
  readonly #before = open();

  /** To be called after everything was closed. */
  async check(violations: Violations, patience: number = PATIENCE): Promise<void> {
    let left: string[] = [];
    const none = (): boolean => (left = this.#since()).length === 0;
    await until(none, patience).catch(() => violations.report('close', `the run left open: ${left.join(', ')}`));
  }

  #since(): string[] {
    const now = open();
    return WATCHED.flatMap((name) => {
      const more = now.get(name)! - this.#before.get(name)!;
      return more > 0 ? [`${more} ${name}`] : [];
    });
  }
}

function open(): ReadonlyMap<string, number> {
  const all = process.getActiveResourcesInfo();
  return new Map(WATCHED.map((name) => [name, all.filter((each) => each === name).length]));
}
