import { Capability, decodeChangeUser, encodeError, together } from '../wire/index.js';
import { fromOf, type Admitted, type Applicant } from './admission.js';
import { prove, Refused, type Reception } from './arrival.js';
import type { ChangedUser, ClientIdentity } from './client-host.js';
import { errorFor } from './errors.js';
import type { PacketSocket } from './packet-socket.js';

/** Offset of a command after the header of its packet. */
const COMMAND = 4;

/** The part of the gateway that logs clients in. */
interface Doorkeeper {
  /** `loginTimeout`: how long (ms) the client may take for its login. */
  readonly options: { readonly loginTimeout: number };
  reception(isLocal: boolean): Reception;
  admit(applicant: Applicant): Promise<Admitted>;
}

/** COM_CHANGE_USER, another login on the same connection. Undefined if it was refused: the client has been told why. */
export async function changeUser(
  packets: PacketSocket,
  identity: ClientIdentity,
  frame: Buffer,
  doorkeeper: Doorkeeper,
  several: boolean,
): Promise<ChangedUser | undefined> {
  const { capabilities, isSecure } = identity;
  const scramble = Buffer.from(identity.scramble, 'latin1');
  try {
    const claimed = decodeChangeUser(frame.subarray(COMMAND), capabilities);
    const { user, answer, plugin, database, charset } = claimed;
    const claim = { user, answer, plugin, capabilities };
    const reception = doorkeeper.reception(isSecure);
    const late = setTimeout(() => packets.socket.destroy(), doorkeeper.options.loginTimeout);
    const proving = prove(packets, claim, { scramble, isSecure, reception, isChange: true });
    const password = await proving.finally(() => clearTimeout(late));
    const from = fromOf(packets.socket);
    const others = identity.account.remembered(capabilities) & ~Capability.MULTI_STATEMENTS;
    const left = together(others, several ? Capability.MULTI_STATEMENTS : 0);
    const applicant = { user, from, database, charset, capabilities: left, password, connection: packets };
    const { account, session } = await doorkeeper.admit(applicant);
    const rest = packets.handOver();
    return { identity: { ...identity, user, account, charset }, session, sequence: packets.sequence, rest };
  } catch (error) {
    packets.write(encodeError(error instanceof Refused ? error.packet : errorFor(error)));
    packets.handOver();
    return undefined;
  }
}
