import type { PrometheusText } from '../../e2e/support/prometheus-text';
import { readQuery } from './promql';

/** What Prometheus itself knows of whom it asks. */
const ofPrometheus = ['up'];
const labelsOfTargets = ['job', 'instance'];

/** What each service serves, by the name of the metric. */
export interface ServedMetrics {
  readonly types: ReadonlyMap<string, string>;
  /** The values of each label; of a metric that has no series yet, nothing is known. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

export function gatherServed(texts: readonly PrometheusText[]): ServedMetrics {
  const types = new Map(texts.flatMap((text) => [...text.types]));
  const labels = new Map<string, Map<string, Set<string>>>();
  for (const { name, labels: pairs } of texts.flatMap(({ samples }) => samples)) {
    const known = labels.get(name) ?? new Map<string, Set<string>>();
    labels.set(name, known);
    for (const [label, value] of Object.entries(pairs)) {
      known.set(label, (known.get(label) ?? new Set()).add(value));
    }
  }
  return { types, labels };
}

/** What a query asks for that nobody serves, in words. */
export function findUnserved(query: string, served: ServedMetrics): readonly string[] {
  const { metrics, groupedBy } = readQuery(query);
  const problems = metrics.flatMap(({ name, matchers }) =>
    isServed(name, served)
      ? matchers
          .filter(({ label }) => !hasLabel(name, label, served))
          .map(({ label }) => `${name} has no label ${label}`)
      : [`nobody serves ${name}`],
  );
  const ungrouped = groupedBy.filter((label) => metrics.every(({ name }) => !hasLabel(name, label, served)));
  const nothing = metrics.length === 0 ? [`no metric is found in ${query}`] : [];
  return [...nothing, ...problems, ...ungrouped.map((label) => `nothing has the label ${label} to group by`)];
}

function isServed(name: string, { types }: ServedMetrics): boolean {
  const [, base = name, part] = /^(.+)_(bucket|sum|count)$/.exec(name) ?? [];
  if (part === undefined) return types.has(name) || ofPrometheus.includes(name);
  return ['histogram', 'summary'].includes(types.get(base) ?? '');
}

function hasLabel(name: string, label: string, { labels }: ServedMetrics): boolean {
  const known = labels.get(name);
  return labelsOfTargets.includes(label) || known === undefined || known.has(label);
}
