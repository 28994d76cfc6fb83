import { defineWorkflow } from './define-workflow';

describe('a workflow that is defined in TypeScript', () => {
  it('is the same as in JSON', () => {
    const definition = defineWorkflow({
      name: 'order',
      type: 'parallel',
      timeout_ms: 60_000,
      steps: {
        reserve: { type: 'reserve_stock', compensate: 'release_stock' },
        pay: { type: 'take_payment', dependencies: ['reserve'], retry: { max_attempts: 5 } },
        truck: { wait: { signal: 'truck' }, loop: { until: 'result.full', max: 3 } },
        ship: { workflow: 'ship', dependencies: ['pay', 'truck'], when: 'data.physical' },
      },
    });

    expect(definition).toEqual({
      name: 'order',
      type: 'parallel',
      timeout_ms: 60_000,
      steps: [
        { id: 'reserve', type: 'reserve_stock', compensate: 'release_stock' },
        { id: 'pay', type: 'take_payment', dependencies: ['reserve'], retry: { max_attempts: 5 } },
        { id: 'truck', wait: { signal: 'truck' }, loop: { until: 'result.full', max: 3 } },
        { id: 'ship', workflow: 'ship', dependencies: ['pay', 'truck'], when: 'data.physical' },
      ],
    });
  });

  it('waits only for steps that it has, each of which does one thing', () => {
    defineWorkflow({
      name: 'order',
      steps: {
        pay: { type: 'take_payment' },
        // @ts-expect-error -- there is no such step
        ship: { type: 'ship', dependencies: ['pick'] },
        // @ts-expect-error -- it cannot both wait and give a command
        tell: { type: 'tell', wait: { ms: 5 } },
      },
    });
  });
});
