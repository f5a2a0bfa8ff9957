import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { ReadAddress } from './address.js';
import { MonitorRefusedError, MonitorUnreachableError } from './errors.js';
import { messageOf } from './message-of.js';

export interface Call {
  readonly method: 'GET' | 'POST';
  /** Relative to the monitor's address. */
  readonly path: string;
  readonly accept: string;
  readonly signal: AbortSignal;
}

const LONGEST_BODY = 64 * 1024 * 1024;

/** Sends a request to a monitor. Resolves when the headers of the response have arrived, whatever the status. */
export function open({ url, token }: ReadAddress, { method, path, accept, signal }: Call): Promise<IncomingMessage> {
  const target = new URL(path, url);
  const request = target.protocol === 'https:' ? requestHttps : requestHttp;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // Each request has a connection of its own: an idle one in an agent would keep the process alive.
  const options = { method, agent: false as const, signal, headers: { accept, ...authorization } };
  return new Promise((resolve, reject) => {
    request(target, options, resolve).on('error', reject).end();
  });
}

/** Reads the whole body as text. */
export async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new RangeError('it sends an answer that never ends');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The error for a response with an unexpected status. */
export async function refusalOf(address: ReadAddress, response: IncomingMessage): Promise<Error> {
  const { statusCode: status = 0 } = response;
  const monitor = address.url.href;
  const said = await bodyOf(response).catch(() => '');
  if (status === 401) {
    const why = address.token === undefined ? 'it wants a token' : 'the token is not the right one';
    return new MonitorRefusedError(monitor, status, why);
  }
  const reason = reasonIn(said);
  if (status === 502 && reason !== undefined) return new MonitorUnreachableError(monitor, reason);
  return reason === undefined
    ? new MonitorUnreachableError(monitor, `it answers ${status}, as no monitor does`)
    : new MonitorRefusedError(monitor, status, reason);
}

function reasonIn(body: string): string | undefined {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Why the monitor could not be reached, in a few words. */
export function failureText(error: unknown): string {
  const { name, code, errors } = error as NodeJS.ErrnoException & { readonly errors?: readonly unknown[] };
  if (name === 'TimeoutError') return 'it does not answer in time';
  // Node's AggregateError, for a name with several addresses, none of which answers.
  if (errors?.[0] !== undefined) return failureText(errors[0]);
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)';
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return 'the connection was lost';
  if (code === 'ENOTFOUND') return 'there is no such host (ENOTFOUND)';
  return messageOf(error);
}
