/** What a test asks of the guardian of its server. */
export type GuardianRequest = { readonly id: number } & (
  | { readonly do: 'launch'; readonly command: string; readonly args: readonly string[] }
  | { readonly do: 'signal'; readonly signal: NodeJS.Signals }
  /** A command to run at the end, for servers whose process is not a child of the guardian. */
  | { readonly do: 'atEnd'; readonly command: string; readonly args: readonly string[] }
  | { readonly do: 'end' }
);

/** What the guardian says: its folder, once; the answer to a request; the end of the server. */
export type GuardianMessage =
  | { readonly folder: string }
  | { readonly id: number; readonly pid?: number; readonly error?: string }
  | { readonly exited: string };
