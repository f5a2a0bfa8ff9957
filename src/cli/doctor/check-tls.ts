import type { DatabaseFacts, Facts } from './facts.js';
import type { Finding } from './finding.js';

/** Checks that connections to other machines are encrypted. */
export function checkTls({ databases }: Facts): Finding[] {
  return databases.flatMap(checkDatabase);
}

function checkDatabase({ alias, at, host, asksForTls, server }: DatabaseFacts): Finding[] {
  const found = { check: 'tls', about: alias };
  if (host === undefined || isLocal(host)) return [];
  const cipher = server.kind === 'answered' ? server.facts.cipher : undefined;
  if (asksForTls) {
    const by = cipher === undefined || cipher === '' ? '' : ` (${cipher})`;
    return [{ ...found, severity: 'ok', seen: `Connections to ${host} are encrypted${by}.` }];
  }
  return [
    {
      ...found,
      severity: 'warning',
      seen: `Connections to ${host} are not encrypted.`,
      why: 'Everybody on the way can read what goes to and fro.',
      change:
        at === '--url'
          ? 'Add ssl={} to the URL.'
          : `Set ssl_mode to "VERIFY_IDENTITY" and ssl.ca to the server's certificate authority in ${at}.OPTIONS.`,
    },
  ];
}

/** Whether the host is this machine. */
const isLocal = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|::1|::ffff:127(?:\.\d+){3})$/i.test(host);
