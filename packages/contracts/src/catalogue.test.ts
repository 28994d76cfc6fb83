import * as contracts from './index';
import type { EventDefinition } from './index';
import { topicNames } from './topics';

const { catalogue, findEventDefinition, upcasters } = contracts;

describe('the catalogue', () => {
  it('lists every event definition that the package exports, once', () => {
    const exported = Object.values<unknown>(contracts).filter(isEventDefinition);

    expect(catalogue).toHaveLength(new Set(catalogue).size);
    expect(typesOf(catalogue)).toEqual(typesOf(exported));
  });

  it('has no type twice, and finds each by its type', () => {
    const found = catalogue.map(({ type }) => findEventDefinition(type));

    expect(found).toEqual(catalogue);
    expect(findEventDefinition('com.example.unknown.v1')).toBeUndefined();
  });

  it('holds every event that the documents name', () => {
    const documented = [
      'payment.{created,updated,completed,failed,refunded,processed}',
      'user.{created,updated,deleted,activated,deactivated}',
      'order.{created,updated,status_changed,confirmed,cancelled,completed,shipped,delivered}',
      'product.{created,updated,deleted,stock_low,out_of_stock}',
      'notification.{sent,failed,delivered,read}',
      'system.{startup,shutdown,error,warning,info}',
      'audit.{log_created,log_updated}',
      'mediator.{created,updated,deleted}',
      'colleague.{registered,unregistered}',
      'message.{sent,broadcasted}',
      'workflow.{completed,failed,cancelled}',
      'task.{completed,failed,cancelled}',
      'job.{completed,failed,cancelled}',
      'fulfilment.{paid,shipped,cancelled}',
      'privacy.{subject_erased}',
    ].flatMap(expandBraces);

    const names = new Set(catalogue.map(({ name }) => name));
    expect([...names].toSorted()).toEqual(documented.toSorted());
  });

  it('uses every topic, and sends what happens to orders on one', () => {
    const used = new Set(catalogue.flatMap(({ topic }) => topic ?? []));
    const onOrders = catalogue.filter(({ topic }) => topic === 'orders').map(({ name }) => name);

    expect([...used].toSorted()).toEqual([...topicNames].toSorted());
    expect(onOrders).toEqual([
      'order.created',
      'order.confirmed',
      'order.cancelled',
      'order.shipped',
      'order.delivered',
      'order.completed',
    ]);
  });

  it('can lift every version that has a newer one beside it', () => {
    const old = catalogue.filter(({ name, version }) =>
      catalogue.some((other) => other.name === name && other.version === version + 1),
    );

    expect(upcasters.map(({ fromType }) => fromType).toSorted()).toEqual(typesOf(old));
  });
});

function isEventDefinition(value: unknown): value is EventDefinition {
  return typeof value === 'object' && value !== null && 'schema' in value && 'parseData' in value;
}

function typesOf(definitions: readonly EventDefinition[]): readonly string[] {
  return definitions.map(({ type }) => type).toSorted();
}

/** `a.{b,c}` → `a.b`, `a.c`. */
function expandBraces(pattern: string): readonly string[] {
  const [family = '', endings = ''] = pattern.replace('}', '').split('{');
  return endings.split(',').map((ending) => family + ending);
}
