import { createSystemClock } from '@fanfare/core';
import { eventually, makeCertificates, openTlsEndpoint, type TestCertificates } from '@fanfare/core/testing';
import { createLocalHub } from '../local-hub';
import type { MessageBus } from '../message-bus';
import { openMessageBus } from '../open-message-bus';

let certificates: TestCertificates;
let others: TestCertificates;

beforeAll(() => {
  certificates = makeCertificates();
  others = makeCertificates();
});

afterAll(() => {
  certificates[Symbol.dispose]();
  others[Symbol.dispose]();
});

async function open(url: string): Promise<MessageBus> {
  const clock = createSystemClock();
  return openMessageBus(url, { hub: createLocalHub({ clock }), clock });
}

describe.each([
  ['RabbitMQ, with amqps:', (port: number, query: string) => `amqps://u:p@localhost:${port}/?${query}`],
  [
    'RabbitMQ, with tls=true',
    (port: number, query: string) => `amqp://u:p@localhost:${port}/?tls=true&${query}`,
  ],
  ['Kafka, with kafka+ssl:', (port: number, query: string) => `kafka+ssl://localhost:${port}?${query}`],
  ['Kafka, with tls=true', (port: number, query: string) => `kafka://localhost:${port}?tls=true&${query}`],
])('a connection to %s', (_, url) => {
  it('is encrypted for a server whose certificate is of the authority that the URL names', async () => {
    await using endpoint = await openTlsEndpoint(certificates);
    const bus = await open(url(endpoint.port, `ca=${certificates.caFile}`));

    await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });

    await eventually(() => {
      expect(endpoint.trusted()).toBeGreaterThan(0);
    });
    await bus.close();
  });

  it.each([
    ['of another authority', () => `ca=${others.caFile}`],
    ['of an authority that nobody has named', () => ''],
  ])('is refused to a server with a certificate %s', async (_certificate, query) => {
    await using endpoint = await openTlsEndpoint(certificates);
    const bus = await open(url(endpoint.port, query()));

    await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });

    await eventually(() => {
      expect(endpoint.broken()).toBeGreaterThan(0);
    });
    expect(endpoint.trusted()).toBe(0);
    await bus.close();
  });

  it('is refused to a server with a certificate of another host', async () => {
    using elsewhere = makeCertificates({ host: 'elsewhere.example' });
    await using endpoint = await openTlsEndpoint(elsewhere);
    const bus = await open(url(endpoint.port, `ca=${elsewhere.caFile}`));

    await expect(bus.ping()).rejects.toMatchObject({ code: 'unavailable' });

    await eventually(() => {
      expect(endpoint.broken()).toBeGreaterThan(0);
    });
    expect(endpoint.trusted()).toBe(0);
    await bus.close();
  });
});
