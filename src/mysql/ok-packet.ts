import type { Change } from '../session/index.js';

/** The part of an OK packet that describes the session, as mysql2 parses it. */
export interface OkPacket {
  readonly fieldCount?: unknown;
  readonly serverStatus?: unknown;
  readonly stateChanges?: {
    readonly systemVariables: Readonly<Record<string, string>>;
    readonly schema: string | null;
    readonly trackStateChange: string | null;
  };
}

/** The session changes that the packet reports; undefined if it reports none. */
export function changeIn({ stateChanges }: OkPacket): Change | undefined {
  if (stateChanges === undefined) return undefined;
  const { systemVariables, schema, trackStateChange } = stateChanges;
  return { schema, variables: systemVariables, isStateChanged: trackStateChange !== null };
}
