import type { TestContext } from 'node:test';
import { Gateway } from '#internal/gateway/gateway.js';
import type { ResolvedGatewayOptions } from '#internal/gateway/options.js';
import { Capability, Command, decodeTextRow, isError, decodeError, type Packet } from '#internal/wire/index.js';
import type { TestServer } from '../support/servers/index.js';
import { WireClient, type WireOptions } from '../support/wire-client.js';

export interface GatewayFor {
  readonly gateway: Gateway;
  readonly host: string;
  readonly port: number;
}

/** Starts a gateway in front of a server; it is closed after the test. */
export async function gatewayFor(
  t: TestContext,
  server: Pick<TestServer, 'host' | 'port'>,
  { maxSize = 3, ...options }: Partial<Omit<ResolvedGatewayOptions, 'server'>> & { readonly maxSize?: number } = {},
): Promise<GatewayFor> {
  const gateway = new Gateway({
    server: { host: server.host, port: server.port },
    listen: [{ host: '127.0.0.1', port: 0 }],
    mode: 'transaction',
    pool: { maxSize },
    maxTotal: Infinity,
    fleet: undefined,
    maxClients: 1_000,
    clientIdleTimeout: 0,
    transactionIdleTimeout: 0,
    loginTimeout: 10_000,
    trustRoutines: false,
    tls: undefined,
    users: undefined,
    ...options,
  });
  await gateway.open();
  t.after(() => gateway.close(0));
  const port = Number(/\d+$/.exec(gateway.addresses[0]!)![0]);
  return { gateway, host: '127.0.0.1', port };
}

/** A protocol-level client of a gateway, or of the server itself. */
export async function clientOf(
  t: TestContext,
  at: { readonly host: string; readonly port: number },
  server: TestServer,
  options: Partial<WireOptions> = {},
): Promise<WireClient> {
  const { user, password } = server;
  const client = await WireClient.connect({ host: at.host, port: at.port, user, password, ...options });
  t.after(() => client.destroy());
  return client;
}

/** The rows of a text-protocol answer, as strings. Throws if the answer is an error. */
export async function rowsOf(client: WireClient, sql: string): Promise<(string | null)[][]> {
  return rowsIn(await client.query(sql), client.capabilities);
}

export function rowsIn(packets: readonly Packet[], capabilities: number): (string | null)[][] {
  const [first, ...rest] = packets.map(({ payload }) => payload);
  const last = rest.at(-1) ?? first!;
  if (isError(last)) {
    const { errno, message } = decodeError(last);
    throw Object.assign(new Error(message), { errno });
  }
  if (first![0] === 0) return [];
  const columns = first![0]!;
  const begins = columns + ((capabilities & Capability.DEPRECATE_EOF) === 0 ? 1 : 0);
  return rest.slice(begins, -1).map((row) => decodeTextRow(row).map((value) => value?.toString() ?? null));
}

export const valueOf = async (client: WireClient, expression: string): Promise<string | null> =>
  (await rowsOf(client, `SELECT ${expression}`))[0]![0]!;

export const useSchema = (client: WireClient, schema: string): Promise<Packet[]> =>
  client.command(Buffer.concat([Buffer.of(Command.INIT_DB), Buffer.from(schema)]));
