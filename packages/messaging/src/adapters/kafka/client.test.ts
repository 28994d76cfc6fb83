import { brokersOf } from './client';

describe('the brokers in a URL of Kafka', () => {
  it.each([
    ['kafka://host', ['host:9092']],
    ['kafka://host:19092/', ['host:19092']],
    ['kafka://one:9092,two, three:9093', ['one:9092', 'two:9092', 'three:9093']],
    ['kafka://[::1]:9094,127.0.0.1', ['[::1]:9094', '127.0.0.1:9092']],
    ['kafka+ssl://one:9092,two?ca=/path/to/ca.pem', ['one:9092', 'two:9092']],
  ])('of %s are %j', (url, brokers) => {
    expect(brokersOf(url)).toEqual(brokers);
  });
});
