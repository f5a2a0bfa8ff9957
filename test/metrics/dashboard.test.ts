/** The dashboard and the alerts ask for metrics and labels that there are. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { collectPoolMetrics } from 'node-mysqlpool/prometheus';
import { COUNTERS, GAUGES, type Attribute } from '#internal/metrics/vocabulary.js';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly Target[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

const dashboard = JSON.parse(readFileSync('docs/monitoring/grafana-dashboard.json', 'utf8')) as Dashboard;
const alerts = readFileSync('docs/monitoring/alerts.yml', 'utf8');

const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
/** An expression stands behind `expr:`, or below it, deeper than it. */
const alertExpressions = [...alerts.matchAll(/^( *)expr: (?:\|\n((?:\1 +.*\n)+)|(.+)\n)/gm)].map(
  ([, , below, behind]) => below ?? behind!,
);
const expressions = [...targets.map(({ expr }) => expr), ...alertExpressions];

/** Names that are no metrics and no labels: what PromQL itself has, as far as it is used. */
const WORDS = /^(?:and|by|histogram_quantile|ignoring|increase|label_values|max|or|rate|sum|without)$/;
const KNOWN_LABELS = ['instance', 'job'];

interface Asked {
  /** Metric by metric, with the labels that are asked for by name. */
  readonly selectors: readonly (readonly [metric: string, matchers: readonly (readonly [string, string])[]])[];
  readonly grouped: readonly string[];
  readonly words: readonly string[];
}

function parse(expression: string): Asked {
  const selectors = [...expression.matchAll(/(mysqlpool_\w+)(?:\{([^}]*)\})?/g)].map(([, metric, inner = '']) => {
    const matchers = [...inner.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label, value]) => [label!, value!] as const,
    );
    return [metric!, matchers] as const;
  });
  const rest = expression.replaceAll(/mysqlpool_\w+(?:\{[^}]*\})?/g, ' ').replaceAll(/\[[^\]]*\]/g, ' ');
  const grouped = [...rest.matchAll(/\b(?:by|without|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, inner]) =>
    inner!.split(',').map((label) => label.trim()),
  );
  const words = [...rest.replaceAll(/\b(by|without|ignoring)\s*\([^)]*\)/g, '$1').matchAll(/[a-z_]\w*/gi)];
  return { selectors, grouped, words: words.map(([word]) => word) };
}

const register = new Registry();
/** What Prometheus scrapes, by name, with the labels of each. */
const scraped = new Map<string, readonly string[]>();
const series = (metric: { readonly name: string; readonly type: string; readonly labelNames: readonly string[] }) => {
  const { name, type, labelNames } = metric;
  if (type !== 'histogram') return [[name, labelNames] as const];
  return [
    [`${name}_bucket`, [...labelNames, 'le']] as const,
    [`${name}_sum`, labelNames] as const,
    [`${name}_count`, labelNames] as const,
  ];
};
let stop: () => void;
before(() => {
  stop = collectPoolMetrics({ register });
  for (const metric of register.getMetricsAsArray()) {
    for (const [name, labels] of series(metric as never)) scraped.set(name, labels);
  }
});
after(() => stop());

const closed: readonly Attribute[] = [GAUGES.connections.attribute!, COUNTERS.closes.attribute!];

describe('the expressions of the dashboard and the alerts', () => {
  it('are all found', () => {
    assert.equal(alertExpressions.length, [...alerts.matchAll(/- alert: /g)].length);
    assert.ok(alertExpressions.length >= 10 && targets.length >= 20);
    assert.equal(new Set(targets.map(({ expr }) => expr).filter((expr) => expr.trim() === '')).size, 0);
  });

  it('ask for metrics that there are, by labels that these have', () => {
    for (const expression of expressions) {
      const { selectors, grouped } = parse(expression);
      assert.ok(selectors.length > 0, expression);
      for (const [metric, matchers] of selectors) {
        const labels = scraped.get(metric);
        assert.ok(labels, `there is no metric ${metric}: ${expression}`);
        for (const [label] of matchers) {
          assert.ok(labels.includes(label), `${metric} has no label ${label}: ${expression}`);
        }
      }
      const all = new Set(selectors.flatMap(([metric]) => scraped.get(metric)!));
      for (const label of grouped) {
        assert.ok(all.has(label) || KNOWN_LABELS.includes(label), `no label ${label}: ${expression}`);
      }
    }
  });

  it('ask for values that labels can have', () => {
    for (const expression of expressions) {
      for (const [label, value] of parse(expression).selectors.flatMap(([, matchers]) => matchers)) {
        const attribute = closed.find((known) => known.label === label);
        const known = attribute?.values ?? (label === 'error' ? COUNTERS.rejects.attribute!.values : undefined);
        if (known === undefined) continue;
        for (const one of value.split('|')) assert.ok(known.includes(one), `${label} is never ${one}: ${expression}`);
      }
    }
  });

  it('are nothing but PromQL around that', () => {
    for (const expression of expressions) {
      for (const word of parse(expression).words) assert.match(word, WORDS, expression);
      for (const [open, close] of ['()', '{}', '[]'] as const) {
        assert.equal(expression.split(open!).length, expression.split(close!).length, expression);
      }
    }
  });

  it('leave no metric out', () => {
    const used = new Set(expressions.flatMap((one) => parse(one).selectors.map(([metric]) => metric)));
    const parts = /_(?:bucket|sum|count)$/;
    const shown = new Set([...used].map((metric) => metric.replace(parts, '')));
    const all = new Set([...scraped.keys()].map((metric) => metric.replace(parts, '')));
    assert.deepEqual([...shown].sort(), [...all].sort());
  });

  it('tells a metric, a label and a value that there are not', () => {
    assert.equal(scraped.has(parse('rate(mysqlpool_waits[5m])').selectors[0]![0]), false);
    assert.deepEqual(parse('sum by (pol) (mysqlpool_waiters{pool=~"$pool", stat="x"})'), {
      selectors: [['mysqlpool_waiters', [['pool', '$pool'], ['stat', 'x']]]],
      grouped: ['pol'],
      words: ['sum', 'by'],
    }); // prettier-ignore
  });
});

describe('the dashboard', () => {
  it('takes its data source and its pools from variables', () => {
    assert.deepEqual(
      dashboard.templating.list.map(({ name }) => name),
      ['datasource', 'pool'],
    );
    const [, metric] = /^label_values\((\w+), pool\)$/.exec(dashboard.templating.list[1]!.definition!)!;
    assert.ok(scraped.get(metric!)?.includes('pool'));
    for (const { type, title, datasource } of dashboard.panels) {
      if (type !== 'row') assert.equal(datasource?.uid, '${datasource}', title);
    }
    for (const { expr } of targets) assert.ok(expr.includes('pool=~"$pool"'), expr);
  });

  it('names in its legends only labels that the expression leaves', () => {
    for (const { expr, legendFormat } of targets) {
      for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        assert.ok(parse(expr).grouped.includes(label!), `${legendFormat}: ${expr}`);
      }
    }
  });

  it('has panels that lie beside each other, on a grid of 24', () => {
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!taken.has(`${x} ${y}`), title);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });
});

describe('each alert', () => {
  const rules = alerts.split(/^ {6}- alert: /m).slice(1);

  it('says what is wrong, of which pool, and where to read on', () => {
    for (const rule of rules) {
      const [name] = rule.split('\n');
      assert.match(rule, /^ {10}summary: '.*\{\{ \$labels\.pool \}\}.*\.'$/m, name);
      assert.match(rule, /^ {10}description: '.+\.'$/m, name);
      assert.match(rule, /^ {10}severity: (?:critical|warning|info)$/m, name);
      const [, page, anchor] = /^ {10}runbook: (\S+\.md)#(\S+)$/m.exec(rule)!;
      assert.ok(existsSync(page!), page);
      const headings = [...readFileSync(page!, 'utf8').matchAll(/^## (.+)$/gm)].map(([, text]) =>
        text!.toLowerCase().replaceAll(' ', '-'),
      );
      assert.ok(headings.includes(anchor!), `${page} has no section ${anchor}`);
    }
  });

  it('names only labels that its expression leaves', () => {
    for (const rule of rules) {
      const expression = /expr: (?:\|\n((?: {10}.*\n)+)|(.+)\n)/.exec(rule)!;
      const { selectors } = parse(expression[1] ?? expression[2]!);
      const labels = new Set(selectors.flatMap(([metric]) => scraped.get(metric)!));
      for (const [, label] of rule.matchAll(/\$labels\.(\w+)/g)) assert.ok(labels.has(label!), rule);
    }
  });
});
