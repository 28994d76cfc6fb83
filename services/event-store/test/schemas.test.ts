import { catalogue, jobFailed, resolveEventType } from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { hostEventStore } from './host-event-store';

describe('the schemas of events', () => {
  it('are there for every type of the catalogue, by each of its names', async () => {
    await using service = await hostEventStore();

    for (const { name, type } of catalogue) {
      const { status, headers, body } = await service.get(`/schemas/${type}`);
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' },
      });
      expect(headers['content-type']).toBe('application/schema+json');
      if (resolveEventType(name) !== type) continue;
      expect((await service.get(`/schemas/${name}`)).body).toEqual(body);
    }
    expect((await service.get('/schemas/order_status_changed')).body).toMatchObject({
      $id: 'urn:fanfare:schema:com.fanfare.order.status_changed.v1',
      properties: { old_status: { type: 'string' }, changed_at: { format: 'date-time' } },
    });
  });

  it('are what the `dataschema` of an event leads to', async () => {
    await using service = await hostEventStore();
    const { dataschema } = sampleOf(jobFailed);

    const { status, body } = await service.get(`/schemas/${dataschema}`);

    expect({ status, body }).toMatchObject({
      status: 200,
      body: { $id: dataschema, required: ['mediator', 'job_id', 'name', 'error'] },
    });
  });

  it('are not there for other types', async () => {
    await using service = await hostEventStore();

    expectProblem(await service.get('/schemas/custom'), 404);
  });
});
