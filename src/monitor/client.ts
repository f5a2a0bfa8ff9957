import { readAddress, type MonitorAddress, type ReadAddress } from './address.js';
import { codeOf } from '../pool/index.js';
import { MonitorUnreachableError } from './errors.js';
import { Following, type FollowListener } from './following.js';
import { bodyOf, failureText, open, refusalOf, type Call } from './http-request.js';
import type { MonitorReport, PoolAction } from './report.js';
import { readReport } from './read-report.js';

const LIMIT = 5_000;

/** Options of a single request to a monitor. @since 0.1.0 */
export interface MonitorCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The time limit for the whole request, in ms. @default 5_000 */
  readonly timeout?: number | undefined;
}

/**
 * A client of a monitor, in this or any other process.
 * @since 0.1.0
 */
export class MonitorClient {
  readonly #address: ReadAddress;

  /** @throws MonitorOptionError for an address that is not valid */
  constructor(address: string | MonitorAddress) {
    this.#address = readAddress(address);
  }

  /** The address of the monitor, without the token. */
  get url(): string {
    return this.#address.url.href;
  }

  /**
   * Asks the monitor for its report.
   * @throws MonitorUnreachableError, MonitorRefusedError; the reason of the signal if that is aborted
   */
  async report(options: MonitorCallOptions = {}): Promise<MonitorReport> {
    const body = await this.#call({ method: 'GET', path: 'api/report', accept: 'application/json' }, options);
    const report = readReport(body);
    if (typeof report === 'string') throw new MonitorUnreachableError(this.url, report);
    return report;
  }

  /**
   * Performs an action on a pool. The process and the pool are given by their ids in the report.
   * @throws MonitorUnreachableError; MonitorRefusedError if the action is not permitted, or there is no such pool
   */
  async act(process: string, pool: number, action: PoolAction, options: MonitorCallOptions = {}): Promise<void> {
    const path = `api/processes/${encodeURIComponent(process)}/pools/${pool}/${action}`;
    await this.#call({ method: 'POST', path, accept: 'application/json' }, options);
  }

  /**
   * Calls `listener` with every report, about one per second, and with the reason if there is none. It never gives up:
   * if the monitor cannot be reached, it is asked again after pauses of up to five seconds.
   * @returns a function that ends it
   */
  follow(listener: FollowListener): () => void {
    const following = new Following(this.#address, listener);
    return () => following.stop();
  }

  async #call(call: Omit<Call, 'signal'>, { signal, timeout = LIMIT }: MonitorCallOptions): Promise<string> {
    const limit = AbortSignal.timeout(timeout);
    const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      both.throwIfAborted();
      const response = await open(this.#address, { ...call, signal: both });
      const { statusCode: status = 0 } = response;
      if (status < 200 || status > 299) throw await refusalOf(this.#address, response);
      return await bodyOf(response);
    } catch (error) {
      if (['MONITOR_REFUSED', 'MONITOR_UNREACHABLE'].includes(codeOf(error) ?? '')) throw error;
      signal?.throwIfAborted();
      const reason = limit.aborted ? `it does not answer within ${timeout} ms` : failureText(error);
      throw new MonitorUnreachableError(this.url, reason);
    }
  }
}
