import type { Bench } from './bench.js';
import { groups, shown, verdictFigure } from './report.js';
import { hasFigure, median, type Row } from './results.js';
import { OURS } from './subjects/index.js';
import { verdicts } from './wanted.js';

/** The results of one benchmark. */
export interface Result {
  readonly bench: Bench;
  readonly rows: readonly Row[];
  readonly runs: number;
}

const STYLE = `
:root { color-scheme: light dark; --ours: #0b6bcb; --other: #9aa5b1; --text: #1f2933; --dim: #66707c; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ours: #58a6ff; --other: #55606c; --text: #e6e9ed; --dim: #9aa5b1; --page: #14181d; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { margin: 2.5rem 0 .2rem; } p { margin: .3rem 0; max-width: 46rem; }
.dim, figcaption { color: var(--dim); } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem 2rem; }
figure { margin: .8rem 0 0; } figcaption { font-size: .9rem; margin-bottom: .2rem; } svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--text); } svg .dim { fill: var(--dim); }
table { border-collapse: collapse; margin-top: .8rem; } td, th { text-align: left; padding: .15rem 1rem .15rem 0; font-variant-numeric: tabular-nums; }
th { color: var(--dim); font-weight: normal; } .short { font-weight: bold; }
`;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);

const ROW = 22;
const LEFT = 132;
const WIDTH = 440;
const RIGHT = 64;

/** A bar chart of the medians; a line on each bar spans from the least to the greatest value of the runs. */
function chart(rows: readonly Row[]): string {
  const most = Math.max(...rows.flatMap(({ values }) => values), Number.MIN_VALUE);
  const x = (value: number): number => LEFT + (Math.max(0, value) / most) * (WIDTH - LEFT - RIGHT);
  const bars = rows.map((row, index) => {
    const y = index * ROW;
    const name = `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${escaped(row.subject)}</text>`;
    if (!hasFigure(row))
      return `${name}<text class="dim" x="${LEFT}" y="${y + 15}">${escaped(row.absent ?? '')}</text>`;
    const middle = median(row.values);
    const [low, high] = [Math.min(...row.values), Math.max(...row.values)];
    const colour = row.subject === OURS ? 'var(--ours)' : 'var(--other)';
    return (
      `${name}<rect x="${LEFT}" y="${y + 4}" width="${Math.max(1, x(middle) - LEFT).toFixed(1)}" height="14" fill="${colour}"/>` +
      `<path d="M${x(low).toFixed(1)} ${y + 11}H${x(high).toFixed(1)}" stroke="var(--text)" opacity=".6"/>` +
      `<text x="${(x(high) + 6).toFixed(1)}" y="${y + 15}">${shown(middle)}</text>`
    );
  });
  return `<svg viewBox="0 0 ${WIDTH} ${rows.length * ROW + 4}" role="img">${bars.join('')}</svg>`;
}

function section({ bench, rows, runs }: Result): string {
  const charts = groups(rows).map((group) => {
    const { caseName, unit } = group[0]!;
    const { better } = bench.measures.find((measure) => measure.unit === unit)!;
    const caption = `${escaped(caseName)}: <b>${escaped(unit)}</b>, ${better} is better`;
    return `<figure><figcaption>${caption}</figcaption>${chart(group)}</figure>`;
  });
  const wishes = verdicts(bench.wanted, rows).map((verdict) => {
    const { text, against = '', holds } = verdict;
    const texts = [text, verdictFigure(verdict), against].map((part) => `<td>${escaped(part)}</td>`);
    return `<tr>${texts.join('')}<td class="${holds ? '' : 'short'}">${holds ? 'yes' : 'no'}</td></tr>`;
  });
  const head = '<tr><th>wanted</th><th>is</th><th>against</th><th>holds</th></tr>';
  const table = wishes.length === 0 ? '' : `<table>${head}${wishes.join('')}</table>`;
  const about = `<p>${escaped(bench.about)}. <span class="dim">Median of ${runs} runs.</span></p>`;
  return `<h2>${bench.name}</h2>${about}<div class="charts">${charts.join('')}</div>${table}`;
}

const METHOD =
  'Each sample has a process of its own and is warmed up before it is measured; the pools take turns, each run ' +
  'beginning with another one. A bar is the median of the runs, the line in it goes from the least to the greatest. ' +
  'CPU time is that of the whole process, user and system, with the threads of the compiler and the garbage collector. ' +
  'A ratio is the median of the ratios within the runs.';

/** The whole report as one self-contained page. */
export function html(results: readonly Result[], machine: string): string {
  const sections = results.map(section).join('\n');
  return (
    `<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>mysqlpool: benchmarks</title><style>${STYLE}</style>\n<h1>mysqlpool: benchmarks</h1>\n` +
    `<p>${escaped(machine)}</p>\n<p class="dim">${METHOD}</p>\n${sections}\n</html>\n`
  );
}
