import { count } from '../amounts.js';
import type { Paint, Style } from '../paint.js';
import { harmless, wrap } from '../text.js';
import type { Facts } from './facts.js';
import { SEVERITIES, type Finding, type Severity } from './finding.js';

const STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', note: 'cyan', ok: 'green' };
const INDENT = '         ';
const WIDEST = 110;

/** Formats the findings for people, in lines of at most `columns` characters. */
export function prescription(facts: Facts, findings: readonly Finding[], columns: number, paint: Paint): string[] {
  const width = Math.min(columns - 1, WIDEST);
  const lines = facts.databases.flatMap(({ alias, address, user, database }) =>
    wrap(
      harmless(`${alias}: ${user ?? 'nobody'} at ${address}${database === undefined ? '' : `, database ${database}`}`),
      width,
    ),
  );
  if (lines.length > 0) lines.push('');
  for (const finding of findings) lines.push(...item(finding, facts.databases.length > 1, width, paint));
  return [...lines, '', ...wrap(summary(findings), width)];
}

function item({ severity, about, seen, why, change }: Finding, named: boolean, width: number, paint: Paint): string[] {
  // A narrow terminal has no room for the margin.
  const indent = width < 60 ? '  ' : INDENT;
  const [first = '', ...rest] = wrap(harmless(named ? `${about}: ${seen}` : seen), width, INDENT);
  const head = paint(STYLES[severity], severity) + first.slice(severity.length);
  const more = [why, change && `-> ${change}`].filter((text) => text !== undefined);
  if (width >= 60) return [head, ...rest, ...more.flatMap((text) => wrap(harmless(text), width, indent))];
  const narrow = wrap(harmless(named ? `${about}: ${seen}` : seen), width, indent);
  return [paint(STYLES[severity], severity), ...narrow, ...more.flatMap((text) => wrap(harmless(text), width, indent))];
}

/** `1 error, 2 warnings, 3 notes, 9 ok` */
export function summary(findings: readonly Finding[]): string {
  const number = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const parts = SEVERITIES.filter((severity) => number(severity) > 0).map((severity) =>
    severity === 'ok' ? `${number(severity)} ok` : count(number(severity), severity),
  );
  return parts.length === 0 ? 'Nothing was found.' : `${parts.join(', ')}.`;
}
