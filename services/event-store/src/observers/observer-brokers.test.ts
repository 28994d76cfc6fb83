import { ConfigError } from '@fanfare/service-kit';
import { parseBrokerEndpoint } from './broker-endpoint';
import { findBrokerProblem, observerBrokers } from './observer-brokers';

const read = (text: string) => observerBrokers()({ OBSERVER_BROKERS: text });

describe('the brokers of observers', () => {
  it('are URLs by their names, of which one of Kafka may have several hosts', () => {
    const text =
      ' billing=kafka://one:9092,two:9093 ,partner=amqp://user:p,w=d@host:5672/vhost, far=kafka+ssl://[::1]:9092?ca=/ca.pem,';

    expect([...read(text)]).toEqual([
      ['billing', 'kafka://one:9092,two:9093'],
      ['partner', 'amqp://user:p,w=d@host:5672/vhost'],
      ['far', 'kafka+ssl://[::1]:9092?ca=/ca.pem'],
    ]);
  });

  it('are none unless they are set', () => {
    expect(observerBrokers()({}).size).toBe(0);
    expect(read(' ').size).toBe(0);
  });

  it.each([
    'kafka://host:9092',
    'Billing=kafka://host:9092',
    'billing=http://host',
    'billing=kafka://',
    'billing=amqp://',
    'billing=kafka://one:9092,billing=kafka://two:9092',
    'billing=amqp://user:secret@ho st',
  ])('are refused as %s, without what may be a password', (text) => {
    expect(() => read(text)).toThrow(ConfigError);
    try {
      read(text);
    } catch (error) {
      expect(String(error)).toContain('OBSERVER_BROKERS');
      expect(String(error)).not.toContain('secret');
    }
  });

  it('are named, without their credentials, to who names another one or another kind', () => {
    const brokers = read('billing=kafka://host:9092,partner=amqp://user:secret@host:5672');
    const problemOf = (endpoint: string) => {
      const broker = parseBrokerEndpoint(endpoint);
      return broker && findBrokerProblem(broker, brokers);
    };
    const refusal = 'must name a broker of OBSERVER_BROKERS: there are kafka://billing, amqp://partner';

    expect(problemOf('kafka://billing/orders')).toBeNull();
    expect(problemOf('amqp://partner/events')).toBeNull();
    expect(problemOf('kafka://other/orders')).toBe(refusal);
    expect(problemOf('kafka://partner/orders')).toBe(refusal);
    expect(problemOf('amqp://billing/events')).toBe(refusal);
    expect(findBrokerProblem({ scheme: 'kafka', broker: 'b', topic: 't' }, new Map())).toBe(
      'must name a broker of OBSERVER_BROKERS: there are none',
    );
  });
});
