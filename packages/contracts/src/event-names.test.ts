import { catalogue, eventNameOf, jobFailed, jobFailedV1, resolveEventType, upcasters } from './index';

describe('the names of events', () => {
  it.each([
    ['order.created', 'com.fanfare.order.created.v1'],
    ['com.fanfare.order.created.v1', 'com.fanfare.order.created.v1'],
    ['OrderCreated', 'com.fanfare.order.created.v1'],
    ['user_created', 'com.fanfare.user.created.v1'],
    ['order_status_changed', 'com.fanfare.order.status_changed.v1'],
    ['payment_processed', 'com.fanfare.payment.processed.v1'],
    ['product_out_of_stock', 'com.fanfare.product.out_of_stock.v1'],
  ])('%s stands for %s', (spoken, type) => {
    expect(resolveEventType(spoken)).toBe(type);
  });

  it.each([
    'custom',
    'account.opened',
    'com.example.order.created',
    'com.fanfare.account.opened.v1',
    '',
    'constructor',
  ])('leaves %p, which the catalogue does not know, as it is', (unknown) => {
    expect([resolveEventType(unknown), eventNameOf(unknown)]).toEqual([unknown, unknown]);
  });

  it('names a version that is newer than this catalogue', () => {
    expect(eventNameOf('com.fanfare.order.created.v12')).toBe('order.created');
  });

  it('means the newest version by a name', () => {
    expect(eventNameOf(jobFailedV1.type)).toBe('job.failed');
    expect(['job.failed', 'job_failed'].map(resolveEventType)).toEqual([jobFailed.type, jobFailed.type]);
  });

  it('leads from every newest type to its name and back, also by way of the underscore name', () => {
    const old = new Set(upcasters.map(({ fromType }) => fromType));
    const newest = catalogue.filter(({ type }) => !old.has(type));
    const roundTrips = newest.map(({ type }) => {
      const name = eventNameOf(type);
      return [resolveEventType(name), resolveEventType(name.replace('.', '_'))];
    });

    expect(roundTrips).toEqual(newest.map(({ type }) => [type, type]));
  });
});
