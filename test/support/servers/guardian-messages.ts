/** A request of a test to the guardian of its server. */
export type GuardianRequest = { readonly id: number } & (
  | { readonly do: 'launch'; readonly command: string; readonly args: readonly string[] }
  | { readonly do: 'signal'; readonly signal: NodeJS.Signals }
  /** Sets a command to run at the end, for servers that are not child processes of the guardian (containers). */
  | { readonly do: 'atEnd'; readonly command: string; readonly args: readonly string[] }
  | { readonly do: 'end' }
);

/** A message of the guardian: its folder, once; the answer to a request; the end of the server. */
export type GuardianMessage =
  | { readonly folder: string }
  | { readonly id: number; readonly pid?: number; readonly error?: string }
  | { readonly exited: string };
