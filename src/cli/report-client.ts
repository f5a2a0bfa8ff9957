import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { MonitorReport } from '../monitor/report.js';
import type { MonitorAddress } from './address.js';
import { EXIT } from './exit-status.js';
import { Failure } from './failure.js';
import { cut, harmless } from './text.js';

/** Bounds one question to a monitor, from beginning to end, in ms. */
const MOST_TIME = 5_000;
/** A report of a hundred busy pools is a tenth of it. */
const MOST_BYTES = 64 * 1024 * 1024;

/** No report could be had; said in one line. */
export class UnreachableError extends Failure {
  override readonly name = 'UnreachableError';

  constructor(message: string) {
    super(message, EXIT.unreachable);
  }
}

/** Asks a monitor for all it knows. @throws UnreachableError; the signal's reason */
export async function fetchReport(address: MonitorAddress, signal: AbortSignal): Promise<MonitorReport> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(MOST_TIME)]);
  try {
    const response = await send(address, limit);
    return reportIn(await bodyOf(response), response, address);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UnreachableError) throw error;
    throw new UnreachableError(`no monitor answers at ${address.url}: ${limit.aborted ? tooLate : whyOf(error)}`);
  }
}

const tooLate = `no answer within ${MOST_TIME / 1_000} s`;

function send({ url, token }: MonitorAddress, signal: AbortSignal): Promise<IncomingMessage> {
  const target = new URL('api/report', url);
  const headers = { accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  return new Promise((resolve, reject) => {
    const begin = target.protocol === 'https:' ? requestHttps : requestHttp;
    // A new connection each time: one that is kept may be half dead, and a second is a long time.
    begin(target, { headers, signal, agent: false }, resolve).on('error', reject).end();
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error(`the answer is longer than ${MOST_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reportIn(body: string, { statusCode = 0 }: IncomingMessage, { url, token }: MonitorAddress): MonitorReport {
  if (statusCode === 401) {
    const remedy =
      token === undefined ? 'give one in MYSQLPOOL_MONITOR_TOKEN' : 'it does not know the one that was given';
    throw new UnreachableError(`the monitor at ${url} asks for a token: ${remedy}`);
  }
  const report = statusCode === 200 ? parse(body) : undefined;
  if (report === undefined)
    throw new UnreachableError(`what answers at ${url} is no monitor of mysqlpool (status ${statusCode})`);
  if (report.version !== 1) {
    throw new UnreachableError(
      `the monitor at ${url} is of another version of mysqlpool (its reports have version ${cut(harmless(String(report.version)), 20)}, not 1)`,
    );
  }
  return report;
}

function parse(body: string): MonitorReport | undefined {
  try {
    const value = JSON.parse(body) as Partial<MonitorReport> | null;
    return typeof value === 'object' && value !== null && Array.isArray(value.processes)
      ? (value as MonitorReport)
      : undefined;
  } catch {
    return undefined;
  }
}

function whyOf(error: unknown): string {
  const { message = '', code = '' } = error as { readonly message?: string; readonly code?: string };
  const text = message === '' ? code : message;
  return cut(harmless(text === '' ? String(error) : text), 200);
}
