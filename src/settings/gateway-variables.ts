const PREFIX = 'MYSQLPOOL_GATEWAY_';

/** The environment variable of an option: `MYSQLPOOL_GATEWAY_MAX_SIZE` for `maxSize`. */
export const gatewayVariable = (option: string): string =>
  PREFIX + option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** A value, with the path that error messages show for it. */
interface Said {
  readonly path: string;
  readonly value: unknown;
}

/** The gateway options that are set in the environment, by option name. */
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

/** Parses a value: JSON if the text is valid JSON, `Infinity` for no limit, otherwise the text itself. */
export function valueIn(text: string): unknown {
  if (text === 'Infinity') return Infinity;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
