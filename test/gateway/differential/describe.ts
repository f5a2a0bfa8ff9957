/** Formats answers for people, for the report of a difference. */
import { decodeEof, decodeError, decodeOk, isError, isOk, type Packet } from '#internal/wire/index.js';
import { isEof } from './normalize.js';
import type { Answer } from './play.js';
import { capabilitiesOf, type Program } from './program.js';

const MOST = 300;

export interface Difference {
  /** The number of the step. */
  readonly step: number;
  readonly direct: Answer;
  readonly through: Answer;
}

export function firstDifference(direct: readonly Answer[], through: readonly Answer[]): Difference | undefined {
  for (const [step, answer] of direct.entries()) {
    const other = through[step]!;
    if (!equal(answer, other)) return { step, direct: answer, through: other };
  }
  return undefined;
}

function equal(one: Answer, other: Answer): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return (
    one.length === other.length &&
    one.every(({ sequence, payload }, index) => {
      const second = other[index]!;
      return sequence === second.sequence && payload.equals(second.payload);
    })
  );
}

/** The step, and both answers from the first different packet on. */
export function describe(program: Program, { step, direct, through }: Difference): string {
  const { client, send } = program.steps[step]!;
  const plan = program.clients[client]!;
  const show = (answer: Answer): string => {
    if (typeof answer === 'string') return answer;
    const same = firstUnlike(direct, through);
    const shown = answer.slice(same, same + 3).map((one) => textOfPacket(one, capabilitiesOf(plan)));
    return `${same > 0 ? `(${same} packets alike) ` : ''}${shown.join(' | ')}${answer.length > same + 3 ? ' …' : ''}`;
  };
  const who = `client ${client} (without ${plan.without.join(', ') || 'nothing'}; charset ${plan.charset})`;
  return `step ${step}, ${who}: ${JSON.stringify(send)}\n  direct:  ${show(direct)}\n  through: ${show(through)}`;
}

function firstUnlike(one: Answer, other: Answer): number {
  if (typeof one === 'string' || typeof other === 'string') return 0;
  const index = one.findIndex(({ sequence, payload }, at) => {
    const second = other[at];
    return second?.sequence !== sequence || !payload.equals(second.payload);
  });
  return index === -1 ? one.length : index;
}

function textOfPacket({ sequence, payload }: Packet, capabilities: number): string {
  return `#${sequence} ${textOfPayload(payload, capabilities)}`.slice(0, MOST);
}

function textOfPayload(payload: Buffer, capabilities: number): string {
  try {
    if (isError(payload)) {
      const { errno, sqlState, message } = decodeError(payload);
      return `ERR ${errno} ${sqlState} ${message}`;
    }
    if (isEof(payload)) {
      const { warnings, status } = decodeEof(payload);
      return `EOF warnings ${warnings} status 0x${status.toString(16)}`;
    }
    if (isOk(payload) || payload[0] === 0xfe) {
      const { affectedRows, insertId, status, warnings, info, change } = decodeOk(
        payload,
        0,
        payload.length,
        capabilities,
      );
      const told = change === undefined ? '' : ` ${JSON.stringify(change)}`;
      return `OK affected ${affectedRows} insert id ${insertId} status 0x${status.toString(16)} warnings ${warnings} ${info.toString()}${told} [${payload.toString('hex')}]`;
    }
  } catch {
    // The payload only looked like such a packet.
  }
  return `${payload.length} bytes ${JSON.stringify(payload.toString('latin1'))}`;
}
