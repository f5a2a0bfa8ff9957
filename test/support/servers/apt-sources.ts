import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package archive: its address, suites and components, and who signs it; the fields of a deb822 source. */
export interface AptSource {
  readonly uris: string;
  readonly suites: readonly string[];
  readonly components: string;
  /** Further fields (`Signed-By`, `Trusted`, …), verbatim, line breaks included. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Every enabled source of binary packages that is configured on this machine, in either of apt's formats. */
export function machineSources(folder = '/etc/apt'): AptSource[] {
  const files = [join(folder, 'sources.list')];
  try {
    files.push(
      ...readdirSync(join(folder, 'sources.list.d'))
        .toSorted()
        .map((name) => join(folder, 'sources.list.d', name)),
    );
  } catch {
    // Without the folder, sources.list is the only file.
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

/** A deb822 stanza for another suite of the same archive, which makes apt download the package lists only. */
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
  // A source without components is a flat repository (its suite ends in a slash), never a distribution's archive.
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
