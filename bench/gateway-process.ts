/**
 * Runs a gateway, or a bare TCP server, in a process of its own, so that its CPU time and memory can be measured. The
 * parent process controls it by messages.
 */
import { createServer, type AddressInfo } from 'node:net';
import { Gateway } from '#internal/gateway/gateway.js';
import type { ResolvedGatewayOptions } from '#internal/gateway/options.js';

/** A message of the parent process, and the answer to it. */
export type GatewayOrder = { readonly open: ResolvedGatewayOptions } | 'listen' | 'usage';
export type GatewayReport = { readonly port: number } | GatewayUsage;

export interface GatewayUsage {
  /** CPU time so far, in ms. */
  readonly cpu: number;
  /** Resident memory, in bytes. */
  readonly memory: number;
  /** The part of it that JavaScript objects take; known for our own processes only. */
  readonly heap?: number;
}

const report = (message: GatewayReport): void => void process.send!(message);

process.on('message', (order: GatewayOrder) => {
  if (order === 'usage') {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    report({ cpu: (user + system) / 1_000, memory: rss, heap: heapUsed });
  } else if (order === 'listen') {
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('data', (bytes) => socket.write(bytes)).on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1', () => report({ port: (server.address() as AddressInfo).port }));
  } else {
    const gateway = new Gateway(order.open);
    void gateway.open().then(() => report({ port: Number(/\d+$/.exec(gateway.addresses[0]!)![0]) }));
  }
});
process.once('disconnect', () => process.exit());
