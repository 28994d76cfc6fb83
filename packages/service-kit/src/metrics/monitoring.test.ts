import { ConfigError, readEnvironment } from '../config/config';
import { defineRoute, reply } from '../http/route';
import { expectProblem, hostForTest, serviceWith } from '../testing';
import { monitoringSettings } from './monitoring-settings';

const settingsOf = (env: Readonly<Record<string, string>>) =>
  readEnvironment({ it: monitoringSettings }, env).it;

const one = () => serviceWith();
const other = () => serviceWith({ name: 'other-service' });

describe('metrics', () => {
  it('are on the port of the service, under /metrics', async () => {
    await using hosted = await hostForTest(one);

    expect(hosted.host.metricsUrl).toBeUndefined();
    expect(await hosted.request('/metrics')).toMatchObject({
      status: 200,
      body: expect.stringContaining('http_requests_total') as string,
    });
  });

  it('move to another path with METRICS_PATH', async () => {
    await using hosted = await hostForTest(one, { monitoring: settingsOf({ METRICS_PATH: '/my/metrics' }) });

    expectProblem(await hosted.request('/metrics'), 404);
    expect(await hosted.request('/my/metrics')).toMatchObject({ status: 200 });
    expect(JSON.stringify((await hosted.request('/openapi.json')).body)).toContain('"/my/metrics"');
  });

  it('move to a port of their own with METRICS_PORT, and are no longer on that of the service', async () => {
    const monitoring = settingsOf({ METRICS_PORT: '0' });
    await using hosted = await hostForTest(one, { monitoring });
    const { metricsUrl = '' } = hosted.host;

    expectProblem(await hosted.request('/metrics'), 404);
    const { status, headers, body } = await hosted.request(`${metricsUrl}/metrics?x=1`);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=/);
    expect(body).toContain('http_requests_total{method="GET",route="');
    expect(body).not.toContain('service="');
    expect(await hosted.request(`${metricsUrl}/health`)).toMatchObject({ status: 404 });
    expect(new URL(metricsUrl).port).not.toBe(new URL(hosted.url).port);

    await hosted.stop();
    await expect(fetch(`${metricsUrl}/metrics`)).rejects.toThrow('fetch failed');
  });

  it('of several services are on one port, told apart by a label, each family once', async () => {
    const monitoring = settingsOf({ METRICS_PORT: '0', METRICS_PATH: '/all' });
    await using hosted = await hostForTest([one, other], { monitoring });
    await hosted.request('/health/live');

    const { body } = await hosted.request(`${hosted.host.metricsUrl}/all`);

    const lines = String(body).split('\n');
    const counted = lines.filter((line) => line.startsWith('http_requests_total{'));
    expect(counted.some((line) => line.includes('service="sample-service"'))).toBe(true);
    expect(lines.filter((line) => line === '# TYPE http_requests_total counter')).toHaveLength(1);
    const started = lines.filter((line) => line.startsWith('process_start_time_seconds{'));
    expect(started).toHaveLength(2);
    const types = lines.filter((line) => line.startsWith('# TYPE '));
    expect(new Set(types).size).toBe(types.length);
  });

  it('are nowhere with MONITORING_ENABLED=false, and the process is not measured', async () => {
    const monitoring = settingsOf({ MONITORING_ENABLED: 'false', METRICS_PORT: '0' });
    let rendered = '';
    await using hosted = await hostForTest(
      async ({ metrics }) => {
        rendered = await metrics.render();
        return serviceWith();
      },
      { monitoring },
    );

    expectProblem(await hosted.request('/metrics'), 404);
    expect(hosted.host.metricsUrl).toBeUndefined();
    expect(rendered).not.toContain('process_cpu');
  });

  it('stop the start when there is no room for them', async () => {
    await using running = await hostForTest(one);
    const port = new URL(running.url).port;
    const shape = { method: 'get', role: 'reader', summary: 'List orders', responses: {} } as const;
    const route = defineRoute({ ...shape, path: '/orders', handle: () => reply(200, []) });

    await expect(hostForTest(one, { monitoring: settingsOf({ METRICS_PORT: port }) })).rejects.toThrow(
      `METRICS_PORT is ${port}: it cannot be listened on at 127.0.0.1 (EADDRINUSE)`,
    );
    await expect(
      hostForTest(() => serviceWith({ routes: [route] }), {
        monitoring: settingsOf({ METRICS_PATH: '/orders' }),
      }),
    ).rejects.toThrow('METRICS_PATH is "/orders": there is another route already');
    expect(() => settingsOf({ METRICS_PATH: 'metrics', METRICS_PORT: '70000' })).toThrow(ConfigError);
  });
});
