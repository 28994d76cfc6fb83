import { compileCesql, compileFilter, createEvent, type CloudEvent } from '@fanfare/cloudevents';
import { median } from './median';

const roundMs = 500;
const stepSize = 10_000;
const expressionCount = 1_000;
const cesql =
  "type LIKE 'com.example.order.%' AND EXISTS subject AND (priority > 3 OR region IN ('eu', 'us'))";

/** Half of them pass both filters. */
const events: readonly CloudEvent[] = Array.from({ length: 16 }, (_, index) =>
  createEvent({
    type: index % 2 === 0 ? 'com.example.order.created' : 'com.example.payment.settled',
    source: '/order-service',
    subject: `order-${index}`,
    priority: index,
    region: index % 4 === 0 ? 'eu' : 'us',
  }),
);

/** Evaluations per second of compiled filters, and how long it takes to compile them. */
export function measureFilters(rounds: number): void {
  console.log(`filters, medians of ${rounds} rounds`);
  const filters = {
    prefix: compileFilter([{ prefix: { type: 'com.example.order.' } }]),
    CESQL: compileFilter([{ sql: cesql }]),
  };
  for (const [name, passes] of Object.entries(filters)) {
    evaluate(passes);
    const perSecond = median(Array.from({ length: rounds }, () => evaluate(passes)));
    console.log(`${name.padEnd(12)} ${(perSecond / 1e6).toFixed(1)} million evaluations/s`);
  }
  compileMany();
  const compileMs = median(Array.from({ length: rounds }, compileMany));
  console.log(`${expressionCount} CESQL expressions compiled in ${compileMs.toFixed(1)} ms\n`);
}

function evaluate(passes: (event: CloudEvent) => boolean): number {
  const startedMs = performance.now();
  let evaluated = 0;
  let passed = 0;
  while (performance.now() < startedMs + roundMs) {
    for (let step = 0; step < stepSize; step += 1) for (const event of events) if (passes(event)) passed += 1;
    evaluated += stepSize * events.length;
  }
  if (passed !== evaluated / 2) throw new Error(`${passed} of ${evaluated} events passed, not half of them`);
  return (evaluated / (performance.now() - startedMs)) * 1_000;
}

function compileMany(): number {
  const startedMs = performance.now();
  for (let index = 0; index < expressionCount; index += 1) compileCesql(`${cesql} AND source <> '/${index}'`);
  return performance.now() - startedMs;
}
