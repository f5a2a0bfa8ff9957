import { existsSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { once } from './once.js';

// Deep enough to get out of an ORM.
const DEPTH = 30;

// As a file of its own in the package; a bundler would have put the program's own code beside it, perhaps in an ES module.
const file = typeof __filename === 'string' ? __filename : '';
const inPackage = basename(dirname(dirname(file))) === 'dist';
const root = dirname(dirname(dirname(file))) + sep;
const ownPlaces = inPackage ? [`${root}dist${sep}`, `${root}src${sep}`] : [];
const ofOthers = [`node_modules${sep}`, 'node:', ...ownPlaces];

const IN_CODE = /:\d+:\d+\)?$/;
const PATH = /(?:\(|at (?:async )?)((?:file:\/\/|(?:[A-Z]:)?[/\\]).*):\d+:\d+\)?$/;

/** Remembers the place a call comes from. It becomes text only when somebody reads it, which costs most. */
export function captureCallSite(): Error {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = DEPTH;
  const place = new Error('taken');
  Error.stackTraceLimit = usual;
  return place;
}

/** The calls that led there as text, the innermost first, without the pool's own; empty when the place is not known. */
export function stackOf(place: Error | undefined): string {
  return framesOf(place).join('\n');
}

// Whoever watches a pool asks for the same loans again every second, and each time files would be looked for.
const known = new WeakMap<Error, string>();

/** The innermost of the program's own lines: `report (src/report.ts:12:3)`. Undefined when the place is not known. */
export function callSiteOf(place: Error | undefined): string | undefined {
  const before = place && known.get(place);
  if (before !== undefined) return before;
  const frame = ownFrameOf(place) ?? framesOf(place)[0];
  const site = frame?.trim().replace(/^at (?:async )?/, '');
  if (place !== undefined && site !== undefined) known.set(place, site);
  return site;
}

/** Where the stack ends inside a library, its `cause`, if it has one, tells where that was called. */
function ownFrameOf(place: Error | undefined): string | undefined {
  const own = framesOf(place).filter((frame) => IN_CODE.test(frame) && !ofOthers.some((part) => frame.includes(part)));
  // A source map of a package may lead to files that are not there.
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

/** Whether the places that borrowers come from are kept: always, or while somebody wants to know. */
export class CallSites {
  always = false;
  #tracers = 0;

  get areKept(): boolean {
    return this.always || this.#tracers > 0;
  }

  /** Of the present call; undefined while nobody wants to know. */
  capture(): Error | undefined {
    return this.areKept ? captureCallSite() : undefined;
  }

  /** Keeps them until the returned function is called. */
  trace(): () => void {
    this.#tracers++;
    return once(() => void this.#tracers--);
  }
}
