import { NO_END, type Raised } from './situations.js';

/** One failure as a program sees it. */
export interface Observation {
  /** The name of the error's class; what happened instead, if there was none. */
  readonly error: string;
  /** What the error has under `code`, or else its `parent` or `cause`, and where that was: `parent.code`. */
  readonly code: string | undefined;
  readonly codeAt: string | undefined;
  /** The same for `errno`. */
  readonly errno: number | undefined;
  readonly saysWhy: boolean;
  readonly message: string;
  readonly ms: number;
}

/** A failure as it is told, `why` being what a message contains that says why. */
export function observed({ error, ms }: Raised, why: RegExp): Observation {
  const nothing = { code: undefined, codeAt: undefined, errno: undefined, saysWhy: false, message: '', ms };
  if (error === undefined) return { error: 'no error', ...nothing };
  if (error === NO_END) return { error: 'waits', ...nothing };
  const { constructor, message } = error as Error;
  const [code, codeAt] = found(error, 'code');
  const [errno] = found(error, 'errno');
  return {
    error: constructor.name,
    code: code === undefined ? undefined : String(code),
    codeAt,
    errno: errno === undefined ? undefined : Number(errno),
    saysWhy: why.test(message),
    message,
    ms,
  };
}

/** Where ORMs keep what they were told by the driver. */
const INSIDE = ['parent', 'cause', 'meta.driverAdapterError'] as const;

function found(error: unknown, name: string): readonly [string | number, string] | readonly [] {
  let level = [{ at: error, path: '' }];
  for (let depth = 0; depth < 4; depth++) {
    for (const { at, path } of level) {
      const value = (at as Record<string, unknown> | undefined)?.[name];
      if (typeof value === 'string' || typeof value === 'number') return [value, path + name];
    }
    level = level.flatMap(({ at, path }) =>
      INSIDE.map((word) => ({ at: at && inside(at, word), path: `${path}${word}.` })).filter((next) => next.at),
    );
  }
  return [];
}

const inside = (error: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((at, word) => (at as Record<string, unknown> | undefined)?.[word], error);
