import { hiddenEffects } from '../../session/index.js';
import { cut, harmless } from '../text.js';
import type { DatabaseFacts, Facts, ServerFacts } from './facts.js';
import type { Finding } from './finding.js';

/** Finds views and triggers that make the pool reset sessions although the text of the statement looks harmless. */
export function checkHidden({ databases }: Facts): Finding[] {
  return databases.flatMap((database) => {
    const { server, pool } = database;
    // With any other reset mode the pool does not analyse statements.
    if (server.kind !== 'answered' || pool.reset !== 'auto') return [];
    return [...checkUnread(database, server.facts), ...checkKnown(database, server.facts)];
  });
}

function checkUnread({ alias, database }: DatabaseFacts, { account, definitions }: ServerFacts): Finding[] {
  const views = definitions.filter((each) => each.kind === 'view' && each.definition === '');
  if (views.length === 0) return [];
  return [
    {
      severity: 'note',
      check: 'unread_views',
      about: alias,
      seen: `The account may not read what these views do, or it is too long: ${list(views.map(({ name }) => name))}.`,
      why: 'They may call a function that leaves something in the session: each SELECT on one costs a reset, which is a round trip or two.',
      change: `Give ${harmless(account ?? 'the account')} the right SHOW VIEW on ${harmless(database ?? 'the database')}.`,
    },
  ];
}

function checkKnown({ alias }: DatabaseFacts, { definitions, variables }: ServerFacts): Finding[] {
  const known = definitions.filter(({ definition }) => definition !== '');
  const isMariaDb = /mariadb/i.test(variables.get('version') ?? '');
  const hidden = hiddenEffects(known, isMariaDb ? 'mariadb' : 'mysql');
  if (hidden === undefined) return [];
  const used = hidden.onUse.size === 0 ? [] : [`a use of ${list(hidden.onUse)}`];
  const onlyWritten = [...hidden.onWrite].filter((name) => !hidden.onUse.has(name));
  const written = onlyWritten.length === 0 ? [] : [`a write to ${list(onlyWritten)}`];
  return [
    {
      severity: 'note',
      check: 'hidden_effects',
      about: alias,
      seen: `A view or trigger runs functions or procedures, or takes locks, on ${[...used, ...written].join(', and on ')}.`,
      why: 'What those leave in the session no answer tells: after each such statement the session is reset, which is a round trip or two.',
      change: 'Nothing has to be changed. Where these are used often, write the view or trigger without them.',
    },
  ];
}

/** Joins names, cut to a readable length. */
const list = (names: Iterable<string>): string => cut(harmless([...names].toSorted().join(', ')), 300);
