import { z } from 'zod';
import { atOnce } from './support/at-once';
import { send } from './support/http';
import { services } from './support/system';

const healthSchema = z.strictObject({
  status: z.string(),
  service: z.string(),
  checks: z.record(z.string(), z.string()),
  order_saga: z.enum(['on', 'off']).optional(),
});

describe.each(services)('%s', (service, url) => {
  it('says that it is healthy, and everything that it depends on too', async () => {
    const { status, headers, body } = await send(`${url}/health`);

    expect(body).toMatchObject({ status: 'healthy', service });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    const { checks } = healthSchema.parse(body);
    expect(Object.keys(checks)).toEqual(expect.arrayContaining(['database', 'mq']));
    expect(new Set(Object.values(checks))).toEqual(new Set(['healthy']));
  });

  it('says that it is alive and ready', async () => {
    const live = await send(`${url}/health/live`);
    const ready = await send(`${url}/health/ready`);

    expect([live.status, live.body]).toEqual([200, { status: 'alive', service }]);
    expect([ready.status, ready.body]).toEqual([200, { status: 'ready', service, missing: [] }]);
  });

  it('says so to many who ask at once', async () => {
    const answers = await atOnce(100, () => send(`${url}/health`));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
