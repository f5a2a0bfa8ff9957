const PREFIX = 'MYSQLPOOL_GATEWAY_';

/** An option's variable: `MYSQLPOOL_GATEWAY_MAX_SIZE` for `maxSize`. */
export const gatewayVariable = (option: string): string =>
  PREFIX + option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** A value, with the path by which a message names it. */
interface Said {
  readonly path: string;
  readonly value: unknown;
}

/** What the environment says of the options of a gateway, by their names. */
export function gatewayIn(env: NodeJS.ProcessEnv): Map<string, Said> {
  const found = new Map<string, Said>();
  for (const [variable, text = ''] of Object.entries(env)) {
    const word = new RegExp(`^${PREFIX}([A-Z]+(?:_[A-Z]+)*)$`).exec(variable)?.[1];
    if (word === undefined || text === '') continue;
    const option = word.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    found.set(option, { path: variable, value: valueIn(text) });
  }
  return found;
}

/** The value that is written as a text: as JSON where it is JSON, `Infinity` for no limit, else the text itself. */
export function valueIn(text: string): unknown {
  if (text === 'Infinity') return Infinity;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
