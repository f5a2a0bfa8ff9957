import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One archive of packages: where it is, what to read of it, and who signs it. As in a deb822 source. */
export interface AptSource {
  readonly uris: string;
  readonly suites: readonly string[];
  readonly components: string;
  /** Further fields (`Signed-By`, `Trusted`, …) as they stand, lines and all. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Every enabled source of binary packages the machine knows, in both of apt's formats. */
export function machineSources(folder = '/etc/apt'): AptSource[] {
  const files = [join(folder, 'sources.list')];
  try {
    files.push(
      ...readdirSync(join(folder, 'sources.list.d'))
        .toSorted()
        .map((name) => join(folder, 'sources.list.d', name)),
    );
  } catch {
    // No such folder: the one file is all there is.
  }
  return files.flatMap((file) => {
    if (file.endsWith('.sources')) return parseDeb822(readText(file));
    return file.endsWith('.list') ? parseOneLine(readText(file)) : [];
  });
}

export function parseDeb822(text: string): AptSource[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, '');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const [, name, value] of stanza.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(name!.toLowerCase(), value!.trim());
    }
    if (!/\bdeb\b(?!-)/.test(fields.get('types') ?? '') || /^(no|false|0|off)$/i.test(fields.get('enabled') ?? ''))
      return [];
    return source(fields);
  });
}

export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const parts = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!parts) return [];
    const fields = new Map([
      ['uris', parts[2]!],
      ['suites', parts[3]!],
      ['components', parts[4]!.trim()],
    ]);
    for (const [, name, value] of (parts[1] ?? '').matchAll(/(\S+?)=(\S+)/g)) {
      fields.set(name!.toLowerCase(), value!.replaceAll(',', ' '));
    }
    return source(fields);
  });
}

/** The source as a deb822 stanza for another suite of the same archive, reading nothing but the lists of packages. */
export function stanza(from: AptSource, suite: string, type: 'deb' | 'deb-src' = 'deb'): string {
  const lines = [
    `Types: ${type}`,
    `URIs: ${from.uris}`,
    `Suites: ${suite}`,
    `Components: ${from.components}`,
    `Targets: ${type === 'deb' ? 'Packages' : 'Sources'}`,
  ];
  for (const [name, value] of from.fields) lines.push(`${name}: ${value}`);
  return `${lines.join('\n')}\n`;
}

function source(all: ReadonlyMap<string, string>): AptSource[] {
  const [uris, suites, components] = [all.get('uris'), all.get('suites'), all.get('components')];
  // A suite that ends in a slash is a flat folder without components: never a distribution's archive.
  if (!uris || !suites || !components) return [];
  const kept = ['signed-by', 'trusted', 'architectures', 'arch', 'check-valid-until', 'check-date', 'allow-insecure'];
  const fields = new Map([...all].filter(([name]) => kept.includes(name)));
  const arch = fields.get('arch');
  if (arch && fields.delete('arch')) fields.set('architectures', arch);
  return [{ uris, suites: suites.split(/\s+/), components, fields }];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
