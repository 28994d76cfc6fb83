import { isAck } from '@fanfare/cloudevents';
import { runAudit } from './audit';
import { runChain } from './chain';
import { runCqrs } from './cqrs';
import { runEventSourcing } from './event-sourcing';
import { runFilters } from './filters';
import { runFireAndForget } from './fire-and-forget';
import { runIdempotentConsumer } from './idempotent-consumer';
import { runKafka } from './kafka';
import { runPublishToSeveral } from './publish-to-several';
import { runProducer, startConsumer } from './quick-start';
import { runRequestReply } from './request-reply';
import { runRetryWithDeadLetter } from './retry-with-dead-letter';
import { runSaga } from './saga';
import { runTracingAndMetrics } from './tracing-and-metrics';
import { runVersioning } from './versioning';
import { runWebhooks } from './webhooks';

describe('the examples', () => {
  it('send a first event to a first receiver', async () => {
    const lines: unknown[][] = [];
    const log = jest.spyOn(console, 'log').mockImplementation((...line) => void lines.push(line));
    const consumer = await startConsumer(0);

    const result = await runProducer(consumer.url);

    await consumer.stop();
    log.mockRestore();
    expect(isAck(result)).toBe(true);
    expect(lines).toEqual([['received com.example.user.created of user-42:', { name: 'Ada' }], ['ack 204']]);
  });

  it('fire and forget: all arrive, and nobody waited', async () => {
    const lines: string[] = [];

    const seen = await runFireAndForget((line) => lines.push(line));

    expect(seen).toHaveLength(4);
    expect(lines).toEqual([]);
  });

  it('ask and are answered, with an event that names the question', async () => {
    expect(await runRequestReply('order-1')).toMatchObject({
      type: 'order.status.reply',
      causationid: 'query-of-order-1',
      data: { status: 'shipped' },
    });
    expect(await runRequestReply('order-2')).toContain('there is no order order-2');
  });

  it('publish to several, with a result of each', async () => {
    const { received, results } = await runPublishToSeveral();

    expect(received.sort()).toEqual(['analytics got o-1', 'audit got o-1']);
    expect(results).toEqual([
      'ack 204',
      'ack 204',
      expect.stringMatching(/^nack 503, may be retried: .*the mail server is away/),
    ]);
  });

  it('chain events, each of which names its cause and their common story', async () => {
    const [order, paid, fulfilled] = await runChain();

    expect([order?.type, paid?.type, fulfilled?.type]).toEqual([
      'order.created',
      'payment.completed',
      'fulfilment.started',
    ]);
    expect([paid?.['causationid'], fulfilled?.['causationid']]).toEqual([order?.id, paid?.id]);
    expect([paid?.['correlationid'], fulfilled?.['correlationid']]).toEqual([order?.id, order?.id]);
  });

  it('replay the events of an account to its balance', () => {
    expect(runEventSourcing()).toEqual({ id: 'account-7', balance: 75 });
  });

  it('keep commands, which change, apart from queries, which answer', async () => {
    expect(await runCqrs()).toEqual({
      created: 'ack 204',
      again: expect.stringMatching(/^nack 422, not to be retried: .*there is a user-42 already/) as string,
      found: { name: 'Ada' },
    });
  });

  it('find the logins of one user in the audit trail', async () => {
    expect(await runAudit('ada')).toEqual([
      { type: 'audit.user.login', time: expect.any(String) as string, data: { ip: '192.0.2.7' } },
    ]);
  });

  it('complete a saga, or undo in reverse what was done of it', async () => {
    const { outcome, sent } = await runSaga('shipping.schedule');

    expect(outcome).toBe('compensated');
    expect(sent.slice(-3)).toEqual(['saga.order.compensate', 'payment.refund', 'inventory.release']);
    expect((await runSaga()).outcome).toBe('completed');
  });

  it('try again what may be taken, and keep what is given up', async () => {
    const { tries, deadLetters } = await runRetryWithDeadLetter({ firstMs: 1, maxMs: 1 });

    expect(tries).toEqual(['late', 'late', 'invalid', 'lost', 'lost', 'lost']);
    expect(deadLetters).toEqual([
      expect.stringMatching(/^invalid: nack 422, not to be retried/),
      expect.stringMatching(/^lost: nack 503, may be retried/),
    ]);
  });

  it('count an event once, however often it is delivered', async () => {
    expect(await runIdempotentConsumer()).toEqual({ revenue: 84, outcomes: ['ack', 'ack', 'ack'] });
  });

  it('read two versions of an event as one', async () => {
    expect(await runVersioning()).toEqual([
      { givenName: 'Ada', familyName: 'Lovelace' },
      { givenName: 'Grace', familyName: 'Hopper' },
    ]);
  });

  it('trace and count what is handled', async () => {
    const { spans, seen, metrics } = await runTracingAndMetrics();

    expect(spans).toEqual(['process order.created well']);
    expect(seen).toEqual(['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b8-01']);
    expect(metrics).toContain('cloudevents_received_total{type="order.created",outcome="handled"} 1');
  });

  it('come back from Kafka as they went', () => {
    const { event, record, read } = runKafka();

    expect(record.key).toBe('order-1');
    expect(read).toEqual(event);
  });

  it('send webhooks with permission, at its rate, and signed', async () => {
    const { rate, signed, unsigned } = await runWebhooks();

    expect(rate).toBe(600);
    expect(signed).toEqual({ outcome: 'ack', status: 204 });
    expect(unsigned).toMatchObject({ outcome: 'nack', status: 401 });
  });

  it('filter by attributes, expressions and functions of their own', () => {
    expect(runFilters()).toMatchObject({
      urgent: true,
      usual: false,
      european: true,
      test: false,
      failed: { value: 0, error: { kind: 'math' } },
    });
  });
});
