import { ConfigError } from '../config/config';
import { tracingSettings } from './tracing-settings';

const problemsOf = (env: Readonly<Record<string, string>>) => {
  try {
    tracingSettings(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
};

describe('traces', () => {
  it.each([{}, { OTEL_SERVICE_NAME: 'orders' }, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }])(
    'are off unless a collector is named: %j',
    (env) => {
      expect(tracingSettings(env)).toBeUndefined();
    },
  );

  it('are off where OpenTelemetry is disabled', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' };

    expect(tracingSettings(env)).toBeUndefined();
  });

  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['https://collector/otlp/', 'https://collector/otlp/v1/traces'],
  ])('go below the endpoint of all signals: %s', (endpoint, url) => {
    expect(tracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })).toEqual({ url, sampleRatio: 1 });
  });

  it('go to their own endpoint as it is, under the name and in the share that are set', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:4318/take',
      OTEL_SERVICE_NAME: 'shop',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    };

    expect(tracingSettings(env)).toEqual({
      url: 'http://traces:4318/take',
      serviceName: 'shop',
      sampleRatio: 0.25,
    });
  });

  it.each([
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG'],
    [{ OTEL_TRACES_SAMPLER_ARG: 'half' }, 'OTEL_TRACES_SAMPLER_ARG'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ])('are not begun with what does not fit: %j', (env, name) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(name)]);
  });
});
