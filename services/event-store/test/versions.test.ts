import { jobFailed, jobFailedV1 } from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { hostEventStore, readRecord } from './host-event-store';

const { mediator, job_id, name } = sampleOf(jobFailedV1).data;
const told = { mediator, job_id, name };

describe('an event with an old version', () => {
  it('is kept as it was told, and read as the newest', async () => {
    await using service = await hostEventStore();
    const posted = await service.post('/events', { type: jobFailedV1.type, data: told });
    const { id } = posted.body as { id: string };
    const error = { code: 'unknown', message: 'the event did not say why', retryable: false };

    const record = await readRecord(service, id);
    const cloudEvent = await service.get(`/events/${id}`, { accept: 'application/cloudevents+json' });

    expect(record).toMatchObject({ type: 'job.failed', event_version: 2, data: { ...told, error } });
    expect(cloudEvent.body).toMatchObject({
      type: jobFailed.type,
      dataschema: 'urn:fanfare:schema:com.fanfare.job.failed.v2',
      data: { ...told, error },
    });
    expect(record.data).toEqual(jobFailed.schema.parse(record.data));
  });

  it('is asked for by its name together with the newest', async () => {
    await using service = await hostEventStore();
    await service.post('/events', { type: jobFailedV1.type, data: told });
    await service.post('/events', { type: jobFailed.type, data: sampleOf(jobFailed).data });

    const { body } = await service.get('/events?type=job.failed');

    expect(body).toMatchObject({ events: [{ event_version: 2 }, { event_version: 2 }] });
  });

  it('stays as it came when its data is not what its version promises', async () => {
    await using service = await hostEventStore({ VALIDATION_ENABLED: 'false' });
    const posted = await service.post('/events', { type: jobFailedV1.type, data: { job_id: 7 } });
    const { id } = posted.body as { id: string };

    const record = await readRecord(service, id);

    expect(record).toMatchObject({ type: 'job.failed', event_version: 1, data: { job_id: 7 } });
  });
});
