import { checks, shown, type Checks } from '../pool/index.js';
import { isLocal, isPort, LONGEST_PATH, PLACE, placeOf, placeText, type Place } from './addresses.js';
import { GatewayOptionError } from './failures.js';

/** An address to listen on: host and port, or a UNIX socket. @since 0.1.0 */
export interface ListenAddress {
  /** A name or an address. @default '127.0.0.1' */
  readonly host?: string | undefined;
  /** From 0 to 65 535; 0 takes any free port. @default 3307 */
  readonly port?: number | undefined;
  /** The path of a UNIX socket, instead of `host` and `port`: 107 bytes at most. */
  readonly socketPath?: string | undefined;
}

const LISTEN: Checks<ListenAddress> = {
  host: ['a name or an address', checks.filledText[1]],
  port: ['a port from 0 to 65535', isPort],
  socketPath: ['the path of a socket', checks.filledText[1]],
};

/** The default port. */
const PORT = 3307;

/**
 * Checks the option `listen`, and fills in its defaults.
 * @param isOpen whether addresses that other machines can reach are allowed: with TLS, or with `allowPlainText`
 * @throws GatewayOptionError
 */
export function readListen(given: unknown, isOpen: boolean): ListenAddress[] {
  const list = typeof given === 'string' ? given.split(',').map((part) => part.trim()) : given;
  const places = (Array.isArray(list) ? list : [list ?? PORT]).map(placeAt);
  if (places.length === 0) refuse(`listen: expected ${PLACE}, or several, got an empty list`);
  for (const place of places) {
    if (isOpen || isLocal(place)) continue;
    refuse(
      `listen: ${placeText(place)} can be reached from other machines, so that "tls" is needed; ` +
        'allowPlainText: true does without, where nobody can read along',
    );
  }
  const texts = places.map(placeText);
  const twice = texts.find((text, index) => !text.endsWith(':0') && texts.indexOf(text) !== index);
  if (twice !== undefined) refuse(`listen: ${twice} is given twice`);
  return places;
}

function placeAt(given: unknown): Place {
  const place =
    typeof given === 'number' && isPort(given) ? { port: given } : typeof given === 'string' ? placeOf(given) : given;
  if (typeof place !== 'object' || place === null || Array.isArray(place))
    refuse(`listen: expected ${PLACE}, or several, got ${shown(given)}`);
  const fault = checks.faultInOptions(place, LISTEN, 'listen');
  if (fault !== undefined) refuse(fault.message);
  const { host, port, socketPath } = place as Place;
  if (socketPath === undefined) return { host: host ?? '127.0.0.1', port: port ?? PORT };
  if (host !== undefined || port !== undefined) refuse('listen: a socket has neither host nor port');
  const length = Buffer.byteLength(socketPath);
  if (length > LONGEST_PATH)
    refuse(`listen: the path of the socket has ${length} bytes, and systems take ${LONGEST_PATH} at most`);
  return { socketPath };
}

function refuse(message: string): never {
  throw new GatewayOptionError('listen', message);
}
