import type { TestServer } from '#support/servers/index.js';

/** One client in one mode on one server. */
export interface Row {
  readonly client: string;
  readonly server: string;
  readonly how: string;
  /** For each way, how many checks passed. */
  readonly cells: readonly string[];
}

/** What is told while a test runs, and what comes of it. */
export interface Report {
  readonly say: (line: string) => void;
  readonly rows: Row[];
  passed: number;
  failed: number;
}

export function serverName({ kind, version }: TestServer): string {
  return `${kind === 'mysql' ? 'MySQL' : 'MariaDB'} ${/^[\d.]+/.exec(version)?.[0]}`;
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
