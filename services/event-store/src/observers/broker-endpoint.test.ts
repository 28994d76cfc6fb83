import { AppError } from '@fanfare/core';
import { parseBrokerEndpoint } from './broker-endpoint';

describe('an endpoint at a broker', () => {
  it.each([
    ['kafka://billing/orders', { scheme: 'kafka', broker: 'billing', topic: 'orders' }],
    ['kafka://b-2/a.b_c-D', { scheme: 'kafka', broker: 'b-2', topic: 'a.b_c-D' }],
    [
      'amqp://partner/events?routing_key=paid',
      { scheme: 'amqp', broker: 'partner', exchange: 'events', routingKey: 'paid' },
    ],
    [
      'amqp://partner/events',
      { scheme: 'amqp', broker: 'partner', exchange: 'events', routingKey: undefined },
    ],
    ['amqp://p/?routing_key=q', { scheme: 'amqp', broker: 'p', exchange: '', routingKey: 'q' }],
    ['amqp://p/a%2Fb%20c?routing_key=', { scheme: 'amqp', broker: 'p', exchange: 'a/b c', routingKey: '' }],
  ])('%s names %j', (endpoint, expected) => {
    expect(parseBrokerEndpoint(endpoint)).toEqual(expected);
  });

  it.each(['http://host/', 'https://host/', 'kafkaesque://b/t', 'no URL'])('is not %s', (endpoint) => {
    expect(parseBrokerEndpoint(endpoint)).toBeNull();
  });

  it.each([
    'kafka://billing',
    'kafka://billing/',
    'kafka:///orders',
    'kafka:orders',
    'kafka://billing/a/b',
    'kafka://billing/..',
    `kafka://billing/${'t'.repeat(250)}`,
    'kafka://billing/%zz',
    'kafka://billing/orders?acks=0',
    'kafka://billing/orders#1',
    'kafka://host:9092/orders',
    'kafka://user:secret@billing/orders',
    'amqp://user@partner/events',
    'amqp://partner/',
    'amqp://partner/a/b',
    'amqp://partner:5672/events',
    'amqp://partner/events?heartbeat=1',
    'amqp://partner/events?routing_key=a&routing_key=b',
    `amqp://partner/events?routing_key=${'k'.repeat(256)}`,
  ])('%s is refused', (endpoint) => {
    expect(() => parseBrokerEndpoint(endpoint)).toThrow(AppError);
  });
});
