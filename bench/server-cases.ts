import { SERVER_KINDS, type ServerKind } from '#support/servers/index.js';

const NAMES: Readonly<Record<ServerKind, string>> = { mariadb: 'MariaDB', mysql: 'MySQL' };

/** Turns each case into one case per kind of server. */
export function serverCases(...names: readonly string[]): {
  readonly cases: readonly string[];
  readonly serverOf: (caseName: string) => ServerKind;
} {
  const kinds = new Map(
    names.flatMap((name) => SERVER_KINDS.map((kind) => [name === '' ? NAMES[kind] : `${name}, ${NAMES[kind]}`, kind])),
  );
  return { cases: [...kinds.keys()], serverOf: (caseName) => kinds.get(caseName)! };
}
