import { Capability, Status, answerOf, decodeEof, decodeOk, has, type Ok, type Packet } from '#internal/wire/index.js';

const OK = 0x00;
const FILE = 0xfb;
const END = 0xfe;
const ERR = 0xff;

/**
 * Reads the packets of one answer exactly as the protocol's documentation describes it: slow, but simple enough to
 * serve as the reference for the gateway's own reader.
 * @param sendFile called when the server asks for a local file, with the sequence number of the first packet to send
 */
export async function readAnswer(
  command: number,
  capabilities: number,
  next: () => Promise<Packet>,
  sendFile: (sequence: number) => void,
): Promise<Packet[]> {
  const packets: Packet[] = [];
  const read = async (): Promise<Buffer> => {
    const one = await next();
    packets.push(one);
    return one.payload;
  };
  const deprecatesEof = has(capabilities, Capability.DEPRECATE_EOF);
  const definitions = async (count: number): Promise<Buffer | undefined> => {
    for (let left = count; left > 0; left--) await read();
    return count > 0 && !deprecatesEof ? read() : undefined;
  };

  /** Reads up to the last row. Resolves with whether another result follows. */
  const rows = async (): Promise<boolean> => {
    for (;;) {
      const payload = await read();
      if (payload[0] === ERR) return false;
      if (isEnd(payload, deprecatesEof)) return hasMore(endOf(payload, capabilities));
    }
  };

  /** Reads one result. Resolves with whether another one follows. */
  const result = async (): Promise<boolean> => {
    const payload = await read();
    if (payload[0] === ERR) return false;
    if (payload[0] === OK) return hasMore(decodeOk(payload, 0, payload.length, capabilities));
    if (payload[0] === FILE) {
      sendFile((packets.at(-1)!.sequence + 1) & 0xff);
      return result();
    }
    const count = payload[0] === 0xfc ? payload.readUInt16LE(1) : payload[0]!;
    const eof = await definitions(count);
    // The server failed to open a cursor.
    if (eof?.[0] === ERR) return false;
    const status = eof === undefined ? 0 : decodeEof(eof).status;
    if ((status & Status.CURSOR_EXISTS) !== 0) return false;
    const isFollowed = await rows();
    // Without DEPRECATE_EOF, only the EOF before out parameters tells that an OK follows them.
    return isFollowed || (status & Status.PS_OUT_PARAMS) !== 0;
  };

  const kind = answerOf(command);
  if (kind === 'query' || kind === 'execute') {
    while (await result());
  } else if (kind === 'fetch' || kind === 'fields') {
    await rows();
  } else if (kind === 'prepare') {
    const payload = await read();
    if (payload[0] !== ERR) {
      await definitions(payload.readUInt16LE(7));
      await definitions(payload.readUInt16LE(5));
    }
  } else if (kind !== 'none') await read();
  return packets;
}

function isEnd(payload: Buffer, deprecatesEof: boolean): boolean {
  return payload[0] === END && payload.length < (deprecatesEof ? 0xffffff : 9);
}

/** An OK or EOF that ends rows. */
export function endOf(payload: Buffer, capabilities: number): Ok {
  return payload.length === 5 ? decodeEof(payload) : decodeOk(payload, 0, payload.length, capabilities);
}

function hasMore({ status }: Ok): boolean {
  return (status & Status.MORE_RESULTS) !== 0;
}
