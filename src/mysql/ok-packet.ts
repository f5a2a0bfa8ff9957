import type { Change } from '../session/index.js';

/** The part of an OK packet that tells of the session, as mysql2 reads it. */
export interface OkPacket {
  readonly fieldCount?: unknown;
  readonly serverStatus?: unknown;
  readonly stateChanges?: {
    readonly systemVariables: Readonly<Record<string, string>>;
    readonly schema: string | null;
    readonly trackStateChange: string | null;
  };
}

/** What its trackers tell; undefined when they tell nothing. */
export function changeIn({ stateChanges }: OkPacket): Change | undefined {
  if (stateChanges === undefined) return undefined;
  const { systemVariables, schema, trackStateChange } = stateChanges;
  return { schema, variables: systemVariables, isStateChanged: trackStateChange !== null };
}
