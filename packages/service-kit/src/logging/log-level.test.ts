import { eventually } from '@fanfare/core/testing';
import { expectProblem, hostForTest, serviceWith } from '../testing';

describe('the log level', () => {
  const twoServices = () => hostForTest([() => serviceWith(), () => serviceWith({ name: 'other-service' })]);

  it('is read and changed over HTTP, for all services of the process, by operators', async () => {
    await using hosted = await twoServices();
    const { logLines } = hosted;
    const linesOf = (url: string) => logLines.filter((line) => line['url'] === url);
    const put = (level: string) => hosted.request('/log-level', { method: 'PUT', body: { level } });
    const ask = (query: string) => hosted.request(`${hosted.host.urls['other-service']}/health/live${query}`);
    expect(await hosted.request('/log-level')).toMatchObject({ status: 200, body: { level: 'info' } });

    await ask('');
    expect(await put('debug')).toMatchObject({ status: 200, body: { level: 'debug' } });
    await ask('');
    await eventually(() => {
      expect(linesOf('/health/live')).toHaveLength(1);
    });
    expect(await hosted.request('/log-level')).toMatchObject({ body: { level: 'debug' } });
    await put('info');
    await ask('');

    expect(linesOf('/health/live')).toHaveLength(1);
    expect(logLines.filter(({ msg }) => msg === 'the log level is being changed')).toMatchObject([
      { from: 'info', to: 'debug', requestId: expect.any(String) as string },
      { from: 'debug', to: 'info' },
    ]);
    const document = (await hosted.request('/openapi.json')).body;
    expect(JSON.stringify(document)).toContain('"/log-level"');
  });

  it('is one of those that there are', async () => {
    await using hosted = await twoServices();

    const refused = await hosted.request('/log-level', { method: 'PUT', body: { level: 'loud', for: '1h' } });

    expect(expectProblem(refused, 400).errors).toMatchObject([{ field: 'level' }, { field: 'for' }]);
  });
});
