import { basename, dirname, sep } from 'node:path';

// Deep enough to get out of an ORM.
const DEPTH = 30;

// As a file of its own in the package; a bundler would have put the program's own code beside it.
const inPackage = basename(dirname(dirname(__filename))) === 'dist';
const root = dirname(dirname(dirname(__filename))) + sep;
const ownPlaces = inPackage ? [`${root}dist${sep}`, `${root}src${sep}`] : [];

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

/** The innermost of the program's own lines: `report (src/report.ts:12:3)`. Undefined when the place is not known. */
export function callSiteOf(place: Error | undefined): string | undefined {
  const frames = framesOf(place);
  const own = frames.find((frame) => !frame.includes(`node_modules${sep}`) && !frame.includes('node:'));
  return (own ?? frames[0])?.trim().replace(/^at (?:async )?/, '');
}

function framesOf(place: Error | undefined): string[] {
  const frames = (place?.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const first = frames.findIndex((frame) => !ownPlaces.some((own) => frame.includes(own)));
  return first < 0 ? [] : frames.slice(first);
}
