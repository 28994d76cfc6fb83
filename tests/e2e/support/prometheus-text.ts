export interface Sample {
  /** As it stands in the sample, with `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusText {
  /** By the name of the metric. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

const typeLine = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram|summary|untyped)$/;
const helpLine = /^# HELP ([a-zA-Z_:][\w:]*) \S.*$/;
const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/** Reads the Prometheus text format strictly: throws for a line that is none, and for a sample without type and help. */
export function parsePrometheusText(text: string): PrometheusText {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, typed, type = ''] = typeLine.exec(line) ?? [];
    const [, help] = helpLine.exec(line) ?? [];
    if (typed !== undefined) types.set(typed, type);
    else if (help !== undefined) helped.add(help);
    else samples.push(parseSample(line));
  }
  for (const { name } of samples) {
    const metric = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
    if (!types.has(metric) || !helped.has(metric)) throw new Error(`${name} has no type or no help`);
  }
  return { types, samples };
}

function parseSample(line: string): Sample {
  const [, name, labelText = '', valueText = ''] = sampleLine.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a line of the format: ${line}`);
  const value =
    valueText === 'Nan' || valueText === 'NaN' ? NaN : Number(valueText.replace('+Inf', 'Infinity'));
  if (Number.isNaN(value) && valueText !== 'NaN' && valueText !== 'Nan')
    throw new Error(`no number: ${line}`);
  return { name, labels: parseLabels(labelText), value };
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  let end = 0;
  for (let pair = labelPair.exec(text); pair; pair = labelPair.exec(text)) {
    const [, name = '', value = ''] = pair;
    labels[name] = value;
    end = labelPair.lastIndex;
  }
  if (end !== text.length) throw new Error(`labels that cannot be read: ${text}`);
  return labels;
}

/** Adds up the samples of a name whose labels are as asked for. */
export function sumOf(
  { samples }: PrometheusText,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
