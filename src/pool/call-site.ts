import { existsSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { once } from './once.js';

// How many stack frames are kept: deep enough to get past those of an ORM.
const DEPTH = 30;

// Whether this is a file of its own in the package's `dist`. A bundler puts it together with the program's own code,
// perhaps in an ES module without `__filename`: then no path tells the package's frames from the program's.
const file = typeof __filename === 'string' ? __filename : '';
const inPackage = basename(dirname(dirname(file))) === 'dist';
const root = dirname(dirname(dirname(file))) + sep;
const ownPlaces = inPackage ? [`${root}dist${sep}`, `${root}src${sep}`] : [];
const ofOthers = [`node_modules${sep}`, 'node:', ...ownPlaces];

const IN_CODE = /:\d+:\d+\)?$/;
const PATH = /(?:\(|at (?:async )?)((?:file:\/\/|(?:[A-Z]:)?[/\\]).*):\d+:\d+\)?$/;

/** Remembers where a call comes from. The stack becomes text only when it is read, since that is the costly part. */
export function captureCallSite(): Error {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const place = new Error('taken');
  Error.stackTraceLimit = usual;
  return place;
}

/** The stack that led to a place, innermost call first, without the package's own frames; empty when it is unknown. */
export function stackOf(place: Error | undefined): string {
  return framesOf(place).join('\n');
}

// A monitor asks for the same loans every second; without this cache, files would be looked up each time.
const known = new WeakMap<Error, string>();

/**
 * The innermost frame of the program's own code, such as `report (src/report.ts:12:3)`; if there is none, the innermost
 * outside this package. Undefined when the place is not known.
 */
export function callSiteOf(place: Error | undefined): string | undefined {
  const before = place && known.get(place);
  if (before !== undefined) return before;
  const frame = ownFrameOf(place) ?? framesOf(place)[0];
  const site = frame?.trim().replace(/^at (?:async )?/, '');
  if (place !== undefined && site !== undefined) known.set(place, site);
  return site;
}

/**
 * The innermost frame of the program's own code. When the stack ends inside a library, an error given as its `cause`
 * tells where that library was called.
 */
function ownFrameOf(place: Error | undefined): string | undefined {
  const own = framesOf(place).filter((frame) => IN_CODE.test(frame) && !ofOthers.some((part) => frame.includes(part)));
  // The source map of a package may name files that do not exist.
  const frame = own.find(isThere) ?? own[0];
  return frame ?? (place?.cause instanceof Error ? ownFrameOf(place.cause) : undefined);
}

function isThere(frame: string): boolean {
  const path = PATH.exec(frame)?.[1] ?? '';
  return existsSync(path.startsWith('file:') ? new URL(path) : path);
}

function framesOf(place: Error | undefined): string[] {
  const frames = (place?.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const first = frames.findIndex((frame) => !ownPlaces.some((own) => frame.includes(own)));
  return first < 0 ? [] : frames.slice(first);
}

/** Whether call sites of borrowers are recorded: always (with `leakThreshold`), or while somebody traces them. */
export class CallSites {
  always = false;
  #tracers = 0;

  get areKept(): boolean {
    return this.always || this.#tracers > 0;
  }

  /** The call site of the current call; undefined while call sites are not recorded. */
  capture(): Error | undefined {
    return this.areKept ? captureCallSite() : undefined;
  }

  /** Records call sites until the returned function is called. */
  trace(): () => void {
    this.#tracers++;
    return once(() => void this.#tracers--);
  }
}
