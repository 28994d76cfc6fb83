import { randomUUID } from 'node:crypto';
import { decodeKafka } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { readKafkaTopic } from '@fanfare/messaging/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import { hostEventStore, listEvents, type EventStoreForTest } from './host-event-store';
import { createLogInFile } from './log-in-file';

async function lagOf(service: EventStoreForTest): Promise<number> {
  const { body } = await service.request('/metrics');
  return Number(/^stream_lag_events (\d+)$/m.exec(String(body))?.[1]);
}

describe('the event store without Kafka', () => {
  it('streams nowhere and is healthy', async () => {
    await using service = await hostEventStore({ STREAM_URL: 'memory:' });

    const { status, body } = await service.request('/health');

    expect(status).toBe(200);
    expect(body).not.toHaveProperty('checks.kafka');
  });

  it('takes events while Kafka is away, counts those that it owes, and is ready though not healthy', async () => {
    await using service = await hostEventStore({ KAFKA_BROKERS: '127.0.0.1:1,127.0.0.1:2' });

    const { status } = await service.post('/events', { type: 'test.happened', data: {} });

    expect(status).toBe(202);
    expect(await service.request('/health')).toMatchObject({
      status: 503,
      body: { checks: { kafka: expect.stringMatching(/^unhealthy/) as string } },
    });
    expect((await service.request('/health/ready')).status).toBe(200);
    expect(await lagOf(service)).toBe(1);
  });
});

const url = process.env['TEST_KAFKA_URL'];

describeAdapter(
  { name: 'Kafka', underTest: url ? { url } : { missing: 'TEST_KAFKA_URL is not set' } },
  ({ url: STREAM_URL }: { readonly url: string }) => {
    it('has the whole log, in order for each subject and aggregate, what was published while it was off included', async () => {
      await using file = await createLogInFile();
      const run = randomUUID();
      const isOfThisRun = ({ headers }: { readonly headers: Readonly<Record<string, string>> }) =>
        headers['ce_correlationid'] === run;
      const publish = async (service: EventStoreForTest, from: number, to: number) => {
        for (let version = from; version <= to; version += 1) {
          const { status } = await service.post('/events/publish', {
            type: 'custom',
            aggregate_id: `aggregate-${run}`,
            aggregate_type: 'custom',
            data: { version },
            correlation_id: run,
            causation_id: 'cause',
          });
          expect(status).toBe(200);
        }
      };
      {
        await using off = await hostEventStore({ ...file.env, STREAM_URL: 'memory:' });
        await publish(off, 0, 19);
        await off.post('/events', { type: 'custom', data: {}, correlation_id: run });
      }

      await using service = await hostEventStore({ ...file.env, STREAM_URL });
      await publish(service, 20, 39);
      await eventually(async () => {
        expect(await lagOf(service)).toBe(0);
      });

      const all = await readKafkaTopic(STREAM_URL, 'observer-events', 41, isOfThisRun);
      const ofAggregates = await readKafkaTopic(STREAM_URL, 'event-sourcing-events', 40, isOfThisRun);
      const ofAggregate = all.filter(({ key }) => key === `aggregate-${run}`);
      expect(all).toHaveLength(41);
      for (const records of [ofAggregate, ofAggregates]) {
        expect(records.map((record) => decodeKafka(record).data)).toEqual(
          Array.from({ length: 40 }, (_, version) => ({ version })),
        );
      }
      expect(ofAggregates[39]).toMatchObject({
        key: `aggregate-${run}`,
        headers: { position: '41', ce_position: '41', ce_streamversion: '39', ce_causationid: 'cause' },
      });
      const { events } = await listEvents(
        service,
        `/events?from_position=${all[9]?.headers['position'] ?? ''}`,
      );
      expect(events.map(({ id }) => id)).toEqual(all.slice(10).map(({ headers }) => headers['ce_id']));
    });
  },
);
