import * as mysql2 from 'mysql2';
import type { Connection, ConnectionOptions } from 'mysql2';

/**
 * A physical connection: mysql2's own `Connection`, with callbacks. `connection.promise()` gives its promise API.
 * @since 0.1.0
 */
export type MysqlConnection = Connection;

/** A command in mysql2's queue: a query, an execution, a preparation, a ping. */
export interface Command {
  sql?: unknown;
  values?: unknown;
  statement?: { readonly query?: unknown } | null;
  onResult?: ((error: unknown, rows?: unknown, fields?: unknown) => void) | undefined;
  /** mysql2's own timeout (ms) for each part of the answer. */
  timeout?: unknown;
  /** Called when it is the command's turn; returns null if there is nothing to send. */
  start?: unknown;
  on(event: string | symbol, listener: (value: unknown) => void): unknown;
  emit(...event: [name: string | symbol, ...values: unknown[]]): unknown;
  listenerCount(event: string): number;
  readonly _queryOptions?: { readonly sql?: unknown };
  /** The options of an execution. */
  readonly _executeOptions?: unknown;
  /** The text and the options of a PREPARE. */
  readonly query?: unknown;
  readonly options?: unknown;
  /** The id of the prepared statement that a CLOSE closes. */
  readonly id?: unknown;
}

/** A packet as mysql2 reads it. */
interface Packet {
  readonly sequenceId: number;
  isEOF(): boolean;
  isError(): boolean;
  eofStatusFlags(): number;
  clone(): Packet;
}

/** Reads packets from the received bytes. */
interface PacketParser {
  /** The one object as which every packet is read in turn; older versions create a new object for each packet. */
  readonly _reusablePacket?: Packet;
}

/** The undeclared members of a mysql2 connection that the package relies on. All such dependencies are in this file. */
export interface Internals {
  /**
   * Every command passes through this method, whichever API created it. mysql2 replaces the method when the connection
   * ends.
   */
  addCommand(command: Command): Command;
  /**
   * Every packet of an answer passes through this method; called without a packet when it is the turn of a queued
   * command.
   */
  handlePacket(packet?: Packet): void;
  readonly packetParser?: PacketParser;
  /** With compression, the parser for the decompressed bytes. */
  readonly _inflatedPacketsParser?: PacketParser;
  /** The sequence number that the next packet of an answer must have. */
  sequenceId: number;
  /** Replaces `addCommand` once mysql2 has given the connection up. */
  _addCommandClosedState(command: Command): void;
  /** The error because of which mysql2 gave the connection up. */
  readonly _fatalError?: unknown;
  readonly _protocolError?: unknown;
  /** The timer of its `connectTimeout`, if there is one. */
  readonly connectTimeout?: NodeJS.Timeout | null;
  /** The running command, and those queued behind it. */
  readonly _command?: Command | null;
  readonly _commands: { readonly length: number; shift(): Command | undefined; unshift(command: Command): unknown };
  readonly _paused: boolean;
  /** The cache of prepared statements, by text and options; mysql2 uses it like a map. */
  _statements: object;
  readonly stream: NodeJS.EventEmitter & {
    destroy(error?: Error): void;
    readonly destroyed: boolean;
    readonly writableEnded?: boolean;
    /** A user-supplied stream that is not a socket may lack these. */
    ref?(): void;
    unref?(): void;
    cork?(): void;
    uncork?(): void;
  };
  /** Set once mysql2 has begun to close the connection. */
  readonly _closing?: boolean;
  readonly config: {
    charsetNumber: number;
    readonly clientFlags: number;
    readonly queryFormat?: unknown;
    readonly trace?: boolean;
    /** After the handshake: the number of the negotiated compression capability, or 0. */
    readonly compress?: boolean | number;
    readonly maxPreparedStatements: number;
    password?: unknown;
  };
}

export const internals = (connection: MysqlConnection): Internals => connection as unknown as Internals;

/**
 * Creates a connection, which starts to connect. It must have a listener for `error`: an unhandled one would end the
 * process.
 */
export type Dial = (options: ConnectionOptions) => MysqlConnection;

export const connect: Dial = (options) => {
  const connection = mysql2.createConnection(options);
  connection.on('error', () => undefined);
  return connection;
};

/** Sends COM_QUIT. The `end` of a connection of mysql2's own pool only releases it, so its `_realEnd` is used there. */
export function quit(connection: MysqlConnection): void {
  const { _realEnd } = connection as { readonly _realEnd?: () => unknown };
  if (_realEnd === undefined) connection.end();
  else _realEnd.call(connection);
}

/** Prevents a command from being sent: when its turn comes, it is answered with an error. */
export function refuse(command: Command, error: () => Error): void {
  command.start = () => {
    if (command.onResult !== undefined) command.onResult(error());
    else if (command.listenerCount('error') > 0) command.emit('error', error());
    // A consumer of its rows attaches its listeners only after the command was queued.
    else process.nextTick(() => command.listenerCount('error') > 0 && command.emit('error', error()));
    return null;
  };
}

/** Whether a command is running or queued, or rows are unread. */
export function isBusy(connection: MysqlConnection): boolean {
  const { _command, _commands, _paused } = internals(connection);
  return (_command !== null && _command !== undefined) || _commands.length > 0 || _paused;
}

/** Whether the borrower or the driver has begun to close the connection: commands sent now may never be answered. */
export function isClosing(connection: MysqlConnection): boolean {
  const inside = internals(connection) as Internals & { readonly _addCommandClosedState?: unknown };
  const { stream, _closing } = inside;
  return (
    _closing === true ||
    stream.destroyed ||
    stream.writableEnded === true ||
    inside.addCommand === inside._addCommandClosedState
  );
}

const STATE_CHANGED = 0x4000;

/**
 * Calls `changed` when the packet after the last row has the flag SERVER_SESSION_STATE_CHANGED. MySQL never sets it
 * there.
 * @returns a function to be called after the first result set, which checks whether this version of mysql2 reads the
 * flags where we listen, and otherwise installs the slower way
 */
export function watchRowEnds(connection: MysqlConnection, changed: () => void): () => void {
  const inside = internals(connection);
  let isAsked = false;
  const told = (flags: number): void => {
    isAsked = true;
    if ((flags & STATE_CHANGED) !== 0) changed();
  };
  // Newer versions of mysql2 read all packets as one reused object.
  const packet = (inside._inflatedPacketsParser ?? inside.packetParser)?._reusablePacket;
  if (packet !== undefined) tellFlags(packet, told);
  else watchPackets(inside, told);
  return () => {
    if (!isAsked) watchPackets(inside, told);
  };
}

/**
 * Inspects every packet. This costs more than everything else done per answer, because V8 can then no longer inline the
 * reading of rows.
 */
function watchPackets(inside: Internals, told: (flags: number) => void): void {
  const handle = inside.handlePacket.bind(inside);
  inside.handlePacket = (packet) => {
    if (packet !== undefined && packet.isEOF()) told(packet.eofStatusFlags());
    handle(packet);
  };
}

/**
 * Makes a packet, and the clones made of it while a connection is paused, report the flags that mysql2 reads at the end
 * of the rows.
 */
function tellFlags(packet: Packet, tell: (flags: number) => void): void {
  const clone = packet.clone.bind(packet);
  const flagsAtEnd = packet.eofStatusFlags.bind(packet);
  packet.eofStatusFlags = () => {
    const flags = flagsAtEnd();
    tell(flags);
    return flags;
  };
  packet.clone = () => {
    const copy = clone();
    tellFlags(copy, tell);
    return copy;
  };
}

/**
 * Before a server disconnects a client that was idle for too long, it may send an error packet unasked, with sequence
 * number 0. If that arrives just after a command was sent, mysql2 hands it to the command, but would also print a
 * warning about packets out of order; setting the expected number avoids that.
 */
export function watchParting(connection: MysqlConnection): void {
  const inside = internals(connection);
  const handle = inside.handlePacket.bind(inside);
  inside.handlePacket = (packet) => {
    if (packet !== undefined && packet.sequenceId === 0 && packet.isError()) inside.sequenceId = 0;
    handle(packet);
  };
}

/**
 * Closes the socket at once. mysql2's own `destroy` only half-closes it, which a frozen server never notices.
 * @param error the error for its commands, instead of mysql2's own, which says that the server closed the connection
 */
export function drop(connection: MysqlConnection, error?: Error): void {
  internals(connection).stream.destroy(error);
}

/** Calls `closed` when the socket is closed, by whichever side. Returns false if the socket is destroyed already. */
export function onClosed(connection: MysqlConnection, closed: () => void): boolean {
  const { stream } = internals(connection);
  if (stream.destroyed) return false;
  stream.once('close', closed);
  return true;
}

/** The names of all connection options that the installed mysql2 knows. */
export function driverOptionNames(): string[] {
  // mysql2 declares the class as an interface only.
  const { ConnectionConfig } = mysql2 as unknown as { readonly ConnectionConfig: new (options: object) => object };
  return Object.keys(new ConnectionConfig({}));
}

/** The options that affect how values are escaped. */
export interface Writing {
  readonly stringifyObjects?: boolean;
  readonly timezone?: string;
  readonly queryFormat?: (sql: string, values: unknown, timezone?: string) => string;
}

/** Fills in mysql2's defaults. */
export function writingOf({ stringifyObjects, timezone, queryFormat }: Writing): Writing {
  const { ConnectionConfig } = mysql2 as unknown as { readonly ConnectionConfig: new (options: object) => Writing };
  return new ConnectionConfig({ stringifyObjects, timezone, queryFormat });
}

/**
 * The names of a character set and collation, such as `utf8mb4` and `utf8mb4_unicode_ci`, for their number in the
 * protocol.
 */
export function charsetOf(number: number): { readonly charset: string; readonly collation: string } | undefined {
  const name = Object.entries(mysql2.Charsets).find(([, value]) => Number(value) === number)?.[0];
  if (name === undefined) return undefined;
  const collation = name.toLowerCase();
  return { charset: collation.split('_')[0]!, collation };
}
