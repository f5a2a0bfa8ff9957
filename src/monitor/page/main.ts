import type { MonitorReport } from '../report.js';
import { Announcer } from './announcer.js';
import { ConnectionSign } from './connection-sign.js';
import { byId, setText } from './dom.js';
import { KnownPools } from './known-pools.js';
import { LeakList } from './leak-list.js';
import { Overview } from './overview.js';
import { PoolActions } from './pool-actions.js';
import { PoolDetail } from './pool-detail.js';
import { troublesOf } from './pool-state.js';
import { ReportStream } from './report-stream.js';
import { switchTheme } from './theme.js';
import { takeToken } from './token.js';

const token = takeToken();
const announcer = new Announcer(byId('result'));
const pools = new KnownPools();
const overview = new Overview();
const leaks = new LeakList();
const detail = new PoolDetail(new PoolActions(token, announcer));

let latest: MonitorReport | undefined;
let chosen = location.hash.slice(1);

function render(): void {
  if (latest === undefined) return;
  if (pools.get(chosen) === undefined) chosen = worst();
  overview.update(latest, pools, chosen);
  // The leaks are visible in the list; screen readers are told only of those that are new.
  const found = leaks.update(pools.all);
  if (found.length > 0) setText(byId('news'), found.join('; '));
  detail.update(pools.get(chosen), latest.at);
}

/** The pool with the most troubles, which is shown when the page is opened. */
function worst(): string {
  const [first, ...others] = pools.all;
  if (first === undefined) return '';
  const trouble = ({ report }: typeof first): number => troublesOf(report).length;
  return others.reduce((worse, pool) => (trouble(pool) > trouble(worse) ? pool : worse), first).key;
}

const sign = new ConnectionSign(() => stream.retry());
const stream = new ReportStream(token, {
  report(report, isFirst) {
    latest = report;
    pools.take(report, isFirst);
    sign.updated(report.at);
    render();
  },
  state: (state) => sign.show(state),
});

addEventListener('hashchange', () => {
  // The hash is empty when the user goes back to the page as it was opened. The link that skips the header has a hash
  // too, which is no pool's.
  const wanted = location.hash === '' ? worst() : location.hash.slice(1);
  if (pools.get(wanted) === undefined) return;
  chosen = wanted;
  render();
  detail.focus();
});
switchTheme(byId('theme') as HTMLButtonElement, () => detail.repaint());
stream.open();
