import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { CloudEvent } from '../event/cloud-event';
import { decodeHttp } from './http';
import { decodeKafka } from './kafka';

interface Step {
  readonly text: string;
  readonly argument?: {
    readonly docString?: { readonly content: string };
    readonly dataTable?: {
      readonly rows: readonly { readonly cells: readonly { readonly value: string }[] }[];
    };
  };
}

interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What the steps of one scenario hand on. */
interface World {
  payload?: string;
  headers?: Record<string, string>;
  event?: CloudEvent | undefined;
}

type RunStep = (world: World, text: string, table: Readonly<Record<string, string>>) => void;

const steps: Readonly<Record<string, RunStep>> = {
  'HTTP Protocol Binding is supported': () => undefined,
  'Kafka Protocol Binding is supported': () => undefined,
  'an HTTP request': (world, text) => {
    const [head = '', payload = ''] = text.split('\n\n');
    const lines = head.split('\n').slice(1);
    world.headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/)) as [string, string][]);
    world.payload = payload;
  },
  'a Kafka message with payload:': (world, text) => {
    world.payload = text;
  },
  'Kafka headers:': (world, _text, table) => {
    world.headers = table;
  },
  'parsed as HTTP request': (world) => {
    const { headers = {}, payload = '' } = world;
    [world.event] = decodeHttp(headers, Buffer.from(payload)).events;
  },
  'parsed as Kafka message': (world) => {
    world.event = decodeKafka({ value: Buffer.from(world.payload ?? ''), headers: world.headers });
  },
  'the attributes are:': ({ event }, _text, table) => {
    expect({ ...event, data: undefined }).toEqual(table);
  },
  'the data is equal to the following JSON:': ({ event }, text) => {
    expect(event?.data).toEqual(JSON.parse(text));
  },
};

const folder = join(__dirname, '../../conformance/ce-features');

function readScenarios(feature: string): readonly Scenario[] {
  const script = join(__dirname, '../testing/print-pickles.mjs');
  const json = execFileSync(process.execPath, [script, join(folder, feature)], { encoding: 'utf8' });
  return JSON.parse(json) as Scenario[];
}

function runStep(world: World, { text, argument }: Step): void {
  const run = steps[text];
  if (!run) throw new Error(`no step is called: ${text}`);
  const rows = argument?.dataTable?.rows.map(({ cells }) => cells.map(({ value }) => value)) ?? [];
  run(world, argument?.docString?.content ?? '', Object.fromEntries(rows.slice(1)) as Record<string, string>);
}

describe.each([
  { feature: 'http-protocol-binding.feature', scenarios: 4, steps: 20 },
  { feature: 'kafka-protocol-binding.feature', scenarios: 3, steps: 18 },
])('$feature', ({ feature, ...expected }) => {
  const scenarios = readScenarios(feature);
  const ran = { scenarios: 0, steps: 0 };

  it.each(scenarios)('$name', (scenario) => {
    ran.scenarios += 1;
    const world: World = {};
    for (const step of scenario.steps) {
      runStep(world, step);
      ran.steps += 1;
    }
  });

  it('was run whole', () => {
    expect(ran).toEqual(expected);
  });
});
