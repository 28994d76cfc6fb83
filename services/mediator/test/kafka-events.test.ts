import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeAdapter } from '@fanfare/storage/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { openKafkaForTest } from './open-kafka';

describe('the mediator without Kafka', () => {
  it('is healthy, and has none among what it depends on', async () => {
    await using service = await hostMediator();

    const { status, body } = await service.request('/health');

    expect(status).toBe(200);
    expect(body).not.toHaveProperty('checks.kafka');
  });

  it('does its work while Kafka is away, and says that it is', async () => {
    await using service = await hostMediator({ KAFKA_BROKERS: '127.0.0.1:1' });

    await service.begin({ name: 'm' }, 'a');

    expect(await service.request('/health')).toMatchObject({
      status: 503,
      body: { checks: { kafka: expect.stringMatching(/^unhealthy/) as string } },
    });
    expect((await service.request('/health/ready')).status).toBe(200);
  });
});

const url = process.env['TEST_KAFKA_URL'];

describeAdapter(
  { name: 'Kafka', underTest: url ? { url } : { missing: 'TEST_KAFKA_URL is not set' } },
  ({ url: STREAM_URL }: { readonly url: string }) => {
    it('has every fact, in order for each mediator, with its name as the key; what became true while it was off included', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-kafka-'));
      const env = { DATABASE_URL: `sqlite:${path.join(folder, 'mediator.db')}` };
      const [one, other] = [`one-${randomUUID()}`, `other-${randomUUID()}`];
      const sendMany = async (service: MediatorForTest, from: number, to: number) => {
        for (let n = from; n <= to; n += 1) {
          for (const name of [one, other]) {
            const body = { id: `m-${n}`, sender_id: 'a', recipient_id: 'b', message: { n } };
            expect((await service.post(`/mediators/${name}/messages`, body)).status).toBe(200);
          }
        }
      };
      {
        await using off = await hostMediator({ ...env, STREAM_URL: 'memory:' });
        await off.begin({ name: one }, 'a', 'b');
        await off.begin({ name: other }, 'a', 'b');
        await sendMany(off, 1, 10);
      }

      await using service = await hostMediator({ ...env, STREAM_URL });
      await sendMany(service, 11, 20);
      await service.delete(`/mediators/${one}`);
      await using kafka = openKafkaForTest(STREAM_URL);
      const [facts, ofOther] = [await kafka.facts(one, 24), await kafka.facts(other, 23)];
      rmSync(folder, { recursive: true });

      const announced = (await service.announced()).filter(({ subject }) => subject === one);
      expect(facts.map(({ event }) => event.id)).toEqual(announced.map(({ id }) => id));
      expect(facts.map(({ event }) => event.type)).toEqual([
        'com.fanfare.mediator.created.v1',
        'com.fanfare.colleague.registered.v1',
        'com.fanfare.colleague.registered.v1',
        ...Array.from({ length: 20 }, () => 'com.fanfare.message.sent.v1'),
        'com.fanfare.mediator.deleted.v1',
      ]);
      expect(facts[3]).toMatchObject({
        key: one,
        event: {
          subject: one,
          data: { mediator: one, message_id: 'm-1', sender_id: 'a', recipient_id: 'b' },
        },
      });
      expect(ofOther).toHaveLength(23);
    });
  },
);
