/** A check that cannot fail proves nothing: each is shown what it is there to see. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Census, EXCESS_WITHIN, LISTED_FOR, type Listed } from '#chaos/fleet/census.js';
import { checkComes, checkFailStatic, checkFalls, checkPlaces, checkRaised, checkServes } from '#chaos/fleet/checks.js';
import { now, type MemberNews, type Span } from '#chaos/fleet/messages.js';
import { News } from '#chaos/fleet/news.js';
import { Violations } from '#chaos/violations.js';

const rules = ({ list }: Violations): string[] => list.map(({ rule }) => rule);
/** So many sessions of each address; the server has numbered them in that order. */
const listed = (...counts: number[]): Listed[] =>
  counts
    .flatMap((count, n) => Array.from({ length: count }, () => `127.0.1.${n + 1}`))
    .map((address, id) => ({ id, address }));

describe('the census of a fleet', () => {
  it('sees one session too many, whoever has it', () => {
    const violations = new Violations('none');
    const census = new Census(10, violations);
    census.see(listed(4, 6), 0);
    census.see(listed(4, 6, 1), 10);
    assert.deepEqual(rules(violations), []);
    census.see(listed(4, 6, 1), 10 + LISTED_FOR);
    assert.deepEqual(rules(violations), ['limit']);
    assert.match(
      violations.list[0]!.detail,
      /^11 sessions of 10 \(127\.0\.1\.1: 4, 127\.0\.1\.2: 6, 127\.0\.1\.3: 1\)$/,
    );
    assert.deepEqual([census.most, census.samples, census.total], [11, 3, 11]);
  });

  it('does not count one that has ended and is still listed beside the one in its place', () => {
    const violations = new Violations('none');
    const census = new Census(3, violations);
    const sessions = listed(20);
    for (let n = 0; n < 10; n++) {
      const at = 10 * n * LISTED_FOR;
      census.see(sessions.slice(n, n + 3), at);
      census.see(sessions.slice(n, n + 3), at + LISTED_FOR);
      census.see(sessions.slice(n, n + 4), at + 2 * LISTED_FOR);
      census.see(sessions.slice(n, n + 4), at + 3 * LISTED_FOR - 1);
    }
    assert.deepEqual([rules(violations), census.most], [[], 3]);
  });

  it('bears what a lowered limit has left over, until it has come back once, or for so long', () => {
    const violations = new Violations('none');
    const census = new Census(10, violations);
    let at = now();
    const see = (count: number): void => {
      census.see(listed(count), at);
      census.see(listed(count), (at += LISTED_FOR));
    };
    see(10);
    census.limitIs(6);
    see(10);
    // Some have been listed for a moment only: they are left over as well.
    const young = listed(8).map(({ id, address }) => ({ id: id < 4 ? id : id + 100, address }));
    census.see(young, at);
    census.see(young, (at += LISTED_FOR));
    assert.deepEqual(rules(violations), []);
    see(6);
    see(7);
    assert.deepEqual(rules(violations), ['limit']);
    census.limitIs(5);
    census.see(listed(6), at + EXCESS_WITHIN + 1);
    assert.deepEqual(rules(violations), ['limit', 'limit']);
  });
});

describe('the news of the members of a fleet', () => {
  const none: MemberNews = { served: 0, wait: [0, 0], loans: [], failures: [], sheds: 0, state: '' };
  const failed = (span: Span, code = 'ECONNRESET'): MemberNews => ({
    ...none,
    failures: [{ span, code, message: 'it failed' }],
  });

  it('sees a request that fails, but while something is wrong with its process or with all', () => {
    const violations = new Violations('none');
    const news = new News({ wait: 100, lent: 10 }, violations);
    const before = now();
    const [own, all] = [news.disturb(1), news.disturb(2)];
    news.hear(1, failed([before, now()]));
    news.hear(3, failed([before, now()]));
    assert.deepEqual(rules(violations), ['request']);
    assert.match(violations.list[0]!.detail, /^member 3: ECONNRESET it failed$/);
    own();
    all(1_000);
    news.hear(1, failed([now() + 500, now() + 600]));
    news.hear(2, failed([now() + 500, now() + 600]));
    assert.equal(violations.total, 2);
    assert.deepEqual([...news.errors], [['ECONNRESET', 4]]);
    news.disturb();
    news.hear(3, failed([now(), now()]));
    assert.equal(violations.total, 2);
  });

  it('sees a caller who waits for too long, but where nobody gives way', () => {
    const violations = new Violations('none');
    new News({ wait: 100, lent: 10 }, violations).hear(1, { ...none, wait: [0, 101] });
    assert.deepEqual(rules(violations), ['starved']);
    const patient = new News({ wait: undefined, lent: 10 }, violations);
    patient.hear(1, { ...none, wait: [0, 1_000_000] });
    patient.hear(1, failed([0, 1], 'POOL_ACQUIRE_TIMEOUT'));
    assert.equal(violations.total, 1);
  });

  it('sees more connections lent at once than there are places, over all members', () => {
    const violations = new Violations('none');
    const news = new News({ wait: 100, lent: 2 }, violations);
    news.hear(1, { ...none, loans: [[0, 10], [10, 20]] }); // prettier-ignore
    news.hear(2, { ...none, loans: [[5, 15]] }); // prettier-ignore
    assert.equal(news.judgeLoans(), 2);
    assert.deepEqual(rules(violations), []);
    news.hear(3, { ...none, loans: [[9, 11]] }); // prettier-ignore
    assert.equal(news.judgeLoans(), 3);
    assert.deepEqual(rules(violations), ['limit']);
  });
});

describe('the checks of a fleet', () => {
  const seen = async (check: (violations: Violations) => Promise<unknown>): Promise<string[]> => {
    const violations = new Violations('none');
    await check(violations);
    return rules(violations);
  };

  it('see places that a dead process keeps', async () => {
    const describe = (): Promise<string> => Promise.resolve('7 Sleep');
    const places = (sessions: () => number, bound: number): Promise<string[]> =>
      seen((to) => checkPlaces({ name: 'dead', sessions, bound, describe }, to));
    assert.deepEqual(await places(() => 1, 50), ['places']);
    let left = 2;
    assert.deepEqual(await places(() => Math.max(0, --left), 60_000), []);
  });

  it('see a process that serves nobody', async () => {
    const serves = (served: () => number, bound: number): Promise<string[]> =>
      seen((to) => checkServes({ name: 'member 1', served, bound, describe: () => 'size 0' }, to));
    assert.deepEqual(await serves(() => 7, 50), ['starved']);
    let served = 7;
    assert.deepEqual(await serves(() => served++, 60_000), []);
  });

  it('see a limit that was raised and is not used', async () => {
    const raised = (sessions: number): Promise<string[]> =>
      seen((to) => checkRaised({ sessions: () => sessions, from: 5, to: 10, bound: 50 }, to));
    assert.deepEqual(await raised(5), ['unused']);
    assert.deepEqual(await raised(6), []);
  });

  it('see connections that are given up while the coordinator is gone', async () => {
    let sheds = 3;
    assert.deepEqual(await seen((to) => checkFailStatic(() => sheds++, 1, to)), ['coordinator']);
    assert.deepEqual(await seen((to) => checkFailStatic(() => 4, 1, to)), []);
  });

  it('see an idle fleet that keeps what it has', async () => {
    const falls = (sessions: number): Promise<string[]> =>
      seen((to) => checkFalls({ sessions: () => sessions, floors: 2, bound: 50 }, to));
    assert.deepEqual(await falls(3), ['unused']);
    assert.deepEqual(await falls(2), []);
  });

  it('see what does not come', async () => {
    const comes = (take: Promise<unknown>): Promise<string[]> =>
      seen((to) => checkComes({ what: 'all', take, bound: 50 }, to));
    assert.deepEqual(await comes(new Promise(() => undefined)), ['unused']);
    assert.deepEqual(await comes(Promise.resolve()), []);
  });
});
