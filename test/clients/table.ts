/** One client in one mode on one server. */
export interface Row {
  readonly client: string;
  readonly server: string;
  readonly how: string;
  /** For each way, how many checks passed. */
  readonly cells: readonly string[];
}

/** The table in Markdown. */
export function table(ways: readonly string[], rows: readonly Row[]): string {
  const head = ['client', 'server', 'mode', ...ways];
  const lines = [
    head,
    head.map(() => '---'),
    ...rows.map(({ client, server, how, cells }) => [client, server, how, ...cells]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
