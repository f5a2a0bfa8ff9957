import { checkFleet } from './check-fleet.js';
import { checkHidden } from './check-hidden.js';
import { checkLimits } from './check-limits.js';
import { checkProject } from './check-project.js';
import { checkServers } from './check-server.js';
import { checkMistakes, checkNothing, checkVariables } from './check-settings.js';
import { checkSize } from './check-size.js';
import { checkTimes } from './check-times.js';
import { checkTls } from './check-tls.js';
import type { Facts } from './facts.js';
import { SEVERITIES, type Finding } from './finding.js';

const CHECKS: readonly ((facts: Facts) => Finding[])[] = [
  checkNothing,
  checkMistakes,
  checkVariables,
  checkServers,
  checkLimits,
  checkFleet,
  checkTimes,
  checkSize,
  checkHidden,
  checkTls,
  checkProject,
];

/** Runs all checks. Returns their findings, the most serious first. */
export function diagnose(facts: Facts): Finding[] {
  const found = merged(CHECKS.flatMap((check) => check(facts)));
  return found.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

/** Merges findings that differ only in the database they are about. */
function merged(findings: readonly Finding[]): Finding[] {
  const known = new Map<string, Finding>();
  for (const finding of findings) {
    const { about, ...rest } = finding;
    const key = JSON.stringify(rest);
    const before = known.get(key);
    known.set(key, before === undefined ? finding : { ...finding, about: `${before.about}, ${about}` });
  }
  return [...known.values()];
}
