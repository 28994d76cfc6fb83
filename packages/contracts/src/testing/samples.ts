import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudEventSchema, type CloudEvent } from '../envelope';
import type { EventDefinition } from '../define-event';

const folder = join(__dirname, '../../samples');

/** The golden samples by file name without `.json`, `order.created.v1`: parsed JSON that nothing has checked yet. */
export function readSamples(): ReadonlyMap<string, unknown> {
  const files = readdirSync(folder).toSorted();
  return new Map(files.map((file) => [file.replace(/\.json$/, ''), readJson(file)]));
}

/** The key of a definition's golden sample: `order.created.v1`. */
export function sampleNameOf({ name, version }: EventDefinition): string {
  return `${name}.v${version}`;
}

/** The golden sample of an event, a fresh copy each time, for tests that need a realistic event. */
export function sampleOf<Data>(definition: EventDefinition<string, Data>): CloudEvent<Data> {
  const event = cloudEventSchema.parse(readJson(`${sampleNameOf(definition)}.json`));
  return { ...event, data: definition.parseData(event.data) };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}
