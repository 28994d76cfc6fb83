import { auditNameOf } from './audit-name';

const nameOf = (method: 'post' | 'put' | 'patch' | 'delete', path: string, audit = {}) =>
  auditNameOf({ method, path, audit });

describe('the name of a call in the audit trail', () => {
  it.each([
    ['post', '/orders', 'order.create', 'order', [], false],
    ['patch', '/orders/{id}', 'order.update', 'order', ['id'], true],
    ['put', '/api/v1/aggregates/{id}', 'aggregate.update', 'aggregate', ['id'], true],
    ['delete', '/dead-letters', 'dead_letter.delete', 'dead_letter', [], false],
    ['post', '/orders/{id}/cancel', 'order.cancel', 'order', ['id'], true],
    ['post', '/dead-letters/redrive', 'dead_letter.redrive', 'dead_letter', [], false],
    ['post', '/api/v1/mediators/{name}/tasks', 'task.create', 'task', ['name'], false],
    ['post', '/api/v1/mediators/{name}/tasks/claim', 'task.claim', 'task', ['name'], false],
    ['post', '/api/v1/mediators/{name}/tasks/{id}/fail', 'task.fail', 'task', ['name', 'id'], true],
    ['put', '/log-level', 'log_level.update', 'log_level', [], false],
    ['post', '/api/v1/observers/{id}/deliveries/ack', 'delivery.ack', 'delivery', ['id'], false],
  ] as const)('%s %s is %s', (method, path, action, entity, idParams, isNamedByPath) => {
    expect(nameOf(method, path)).toEqual({ action, entity, idParams, isNamedByPath });
  });

  it('is what the route declares, where it does', () => {
    expect(
      nameOf('post', '/analytics/rebuild', { action: 'rebuild.start', entity: 'rebuild' }),
    ).toMatchObject({
      action: 'rebuild.start',
      entity: 'rebuild',
    });
  });

  it('is made without the parts of a path that are secret', () => {
    expect(nameOf('post', '/handshakes/{token}')).toMatchObject({ idParams: [] });
  });
});
