import { compileCesql, compileFilter, createEvent, type CesqlFunction } from '@fanfare/cloudevents';

const isOfRegion: CesqlFunction = {
  name: 'IN_REGION',
  parameters: ['String', 'String'],
  returns: 'Boolean',
  evaluate: (source, region) => String(source).startsWith(`/${String(region)}/`),
};

const passes = compileFilter(
  [
    { prefix: { type: 'com.example.order.' } },
    { not: { exact: { tenant: 'test' } } },
    { any: [{ sql: "priority > 5 AND subject LIKE 'order-%'" }, { sql: "IN_REGION(source, 'eu')" }] },
  ],
  { functions: [isOfRegion] },
);

export function runFilters() {
  const order = { type: 'com.example.order.created', source: '/us/orders', subject: 'order-1' };
  return {
    urgent: passes(createEvent({ ...order, priority: 9 })),
    usual: passes(createEvent({ ...order, priority: 1 })),
    european: passes(createEvent({ ...order, source: '/eu/orders' })),
    test: passes(createEvent({ ...order, priority: 9, tenant: 'test' })),
    // an expression that fails gives both a value and an error
    failed: compileCesql('priority / 0').evaluate(createEvent({ ...order, priority: 9 })),
  };
}
