import { z } from 'zod';
import { lookUp, variable, type Setting } from '../config/config';
import type { TracingConfig } from './tracing';

const url = z.url({ protocol: /^https?$/, error: 'must be like http://host:4318' });

const readUrl = variable('OTEL_EXPORTER_OTLP_ENDPOINT', url.optional());
const readTracesUrl = variable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', url.optional());
const readServiceName = variable('OTEL_SERVICE_NAME', z.string().optional());
const readRatio = variable(
  'OTEL_TRACES_SAMPLER_ARG',
  z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1),
);

/**
 * By the variables of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
 * on when one says where the collector is.
 */
export const tracingSettings: Setting<TracingConfig | undefined> = (env) => {
  const base = readUrl(env);
  const tracesUrl = readTracesUrl(env) ?? (base && `${base.replace(/\/$/, '')}/v1/traces`);
  const sampleRatio = readRatio(env);
  if (tracesUrl === undefined || lookUp(env, 'OTEL_SDK_DISABLED')?.value === 'true') return undefined;
  return { url: tracesUrl, serviceName: readServiceName(env), sampleRatio };
};
