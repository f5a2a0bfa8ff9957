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
  /** How long (ms) mysql2 waits for each part of the answer. */
  timeout?: unknown;
  /** Called when its turn comes; it answers nothing if there is nothing to send. */
  start?: unknown;
  on(event: string | symbol, listener: (value: unknown) => void): unknown;
  emit(...event: [name: string | symbol, ...values: unknown[]]): unknown;
  listenerCount(event: string): number;
  readonly _queryOptions?: { readonly sql?: unknown };
  /** The options of an execution. */
  readonly _executeOptions?: unknown;
  /** The text and the options of a statement that is being prepared. */
  readonly query?: unknown;
  readonly options?: unknown;
  /** What the closing of a prepared statement closes. */
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

/** What reads packets from the bytes that have come. */
interface PacketParser {
  /** The one that each packet is read as, in turn. Older versions make a new one each time. */
  readonly _reusablePacket?: Packet;
}

/** What we touch of a connection that mysql2 does not declare. Everything undeclared that we rely on is here. */
export interface Internals {
  /** Every command goes through it, whatever method made it. mysql2 puts another one there when the connection ends. */
  addCommand(command: Command): Command;
  /** Every packet of an answer goes through it; none: a command's turn has come. */
  handlePacket(packet?: Packet): void;
  readonly packetParser?: PacketParser;
  /** With compression, the one for what was inside. */
  readonly _inflatedPacketsParser?: PacketParser;
  /** The number that the next packet of an answer must have. */
  sequenceId: number;
  /** What `addCommand` becomes when mysql2 has given the connection up. */
  _addCommandClosedState(command: Command): void;
  /** Why it has. */
  readonly _fatalError?: unknown;
  readonly _protocolError?: unknown;
  /** The timer of its own dial, where it has one. */
  readonly connectTimeout?: NodeJS.Timeout | null;
  /** What is running, and how many wait behind it. */
  readonly _command?: Command | null;
  readonly _commands: { readonly length: number; shift(): Command | undefined; unshift(command: Command): unknown };
  readonly _paused: boolean;
  /** The prepared statements that are used again, by their text and options. mysql2 uses it as a map. */
  _statements: object;
  readonly stream: NodeJS.EventEmitter & {
    destroy(error?: Error): void;
    readonly destroyed: boolean;
    readonly writableEnded?: boolean;
    /** A stream that is no socket, as users may give one, may have none of these. */
    ref?(): void;
    unref?(): void;
    cork?(): void;
    uncork?(): void;
  };
  /** mysql2 has begun to close it. */
  readonly _closing?: boolean;
  readonly config: {
    charsetNumber: number;
    readonly clientFlags: number;
    readonly queryFormat?: unknown;
    readonly trace?: boolean;
    /** Once the server has agreed, or has not, the number of that capability, or 0. */
    readonly compress?: boolean | number;
    readonly maxPreparedStatements: number;
    password?: unknown;
  };
}

export const internals = (connection: MysqlConnection): Internals => connection as unknown as Internals;

/** Makes a connection, which begins to connect. It must never emit an `error` that nobody hears. */
export type Dial = (options: ConnectionOptions) => MysqlConnection;

export const connect: Dial = (options) => {
  const connection = mysql2.createConnection(options);
  connection.on('error', () => undefined);
  return connection;
};

/** Says COM_QUIT. The `end` of a connection of mysql2's pool means something else. */
export function quit(connection: MysqlConnection): void {
  const { _realEnd } = connection as { readonly _realEnd?: () => unknown };
  if (_realEnd === undefined) connection.end();
  else _realEnd.call(connection);
}

/** Has a command never be sent: when its turn comes it is answered with an error. */
export function refuse(command: Command, error: () => Error): void {
  command.start = () => {
    if (command.onResult !== undefined) command.onResult(error());
    else if (command.listenerCount('error') > 0) command.emit('error', error());
    // Whoever reads its rows begins to listen after it was sent.
    else process.nextTick(() => command.listenerCount('error') > 0 && command.emit('error', error()));
    return null;
  };
}

/** Whether a command runs or waits, or rows lie unread. */
export function isBusy(connection: MysqlConnection): boolean {
  const { _command, _commands, _paused } = internals(connection);
  return (_command !== null && _command !== undefined) || _commands.length > 0 || _paused;
}

/** Whether its borrower, or the driver, has begun to end it: nothing that is sent now is answered for sure. */
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
 * Calls `changed` when the packet that ends rows says that something of the session has changed. MySQL never says so.
 * @returns to be called when the first rows have come: whether this mysql2 asks for it where we listen shows then
 */
export function watchRowEnds(connection: MysqlConnection, changed: () => void): () => void {
  const inside = internals(connection);
  let isAsked = false;
  const told = (flags: number): void => {
    isAsked = true;
    if ((flags & STATE_CHANGED) !== 0) changed();
  };
  // Newer ones read all packets as the same one.
  const packet = (inside._inflatedPacketsParser ?? inside.packetParser)?._reusablePacket;
  if (packet !== undefined) tellFlags(packet, told);
  else watchPackets(inside, told);
  return () => {
    if (!isAsked) watchPackets(inside, told);
  };
}

/**
 * Looks at every packet, which takes more time than all else that is done for an answer: V8 no longer compiles the
 * reading of rows as one.
 */
function watchPackets(inside: Internals, told: (flags: number) => void): void {
  const handle = inside.handlePacket.bind(inside);
  inside.handlePacket = (packet) => {
    if (packet !== undefined && packet.isEOF()) told(packet.eofStatusFlags());
    handle(packet);
  };
}

/** Has a packet, and those made of it while a connection is paused, tell what mysql2 asks them for at the end of rows. */
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
 * What a server says of its own accord, before it hangs up on a client that was silent for too long, counts from 0. It
 * may come right after a command was sent: mysql2 would tell that command, but also write of packets out of order.
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
 * Closes the socket at once. mysql2's own `destroy` only half-closes, which a frozen server never notices.
 * @param error what its commands are told instead of mysql2's own word, that the server has closed it
 */
export function drop(connection: MysqlConnection, error?: Error): void {
  internals(connection).stream.destroy(error);
}

/** Calls `closed` when its socket is closed, whoever closes it; false when that has begun already. */
export function onClosed(connection: MysqlConnection, closed: () => void): boolean {
  const { stream } = internals(connection);
  if (stream.destroyed) return false;
  stream.once('close', closed);
  return true;
}

/** The names of all connection options that the installed mysql2 knows. */
export function driverOptionNames(): string[] {
  // Declared as a mere interface.
  const { ConnectionConfig } = mysql2 as unknown as { readonly ConnectionConfig: new (options: object) => object };
  return Object.keys(new ConnectionConfig({}));
}

/** What bears upon how values are written into a statement. */
export interface Writing {
  readonly stringifyObjects?: boolean;
  readonly timezone?: string;
  readonly queryFormat?: (sql: string, values: unknown, timezone?: string) => string;
}

/** The same with mysql2's defaults. */
export function writingOf({ stringifyObjects, timezone, queryFormat }: Writing): Writing {
  const { ConnectionConfig } = mysql2 as unknown as { readonly ConnectionConfig: new (options: object) => Writing };
  return new ConnectionConfig({ stringifyObjects, timezone, queryFormat });
}

/** `utf8mb4` and `utf8mb4_unicode_ci` for the number that stands for them in the protocol. */
export function charsetOf(number: number): { readonly charset: string; readonly collation: string } | undefined {
  const name = Object.entries(mysql2.Charsets).find(([, value]) => Number(value) === number)?.[0];
  if (name === undefined) return undefined;
  const collation = name.toLowerCase();
  return { charset: collation.split('_')[0]!, collation };
}
