import { z } from 'zod';
import { authSettings, documentedSecret, type AuthConfig } from '../auth/auth-settings';
import { givenToken } from '../auth/given-token';
import type { GivenToken } from '../auth/service-token';
import { lookUp, variable, type Environment, type Setting } from '../config/config';
import { edgeSettings, type EdgeConfig } from '../edge/edge-settings';
import { logLevels, type LogLevel } from '../logging/logger';
import { monitoringSettings, type MonitoringSettings } from '../metrics/monitoring-settings';
import { reportSettings, type ReportOptions } from '../reports/report-settings';
import type { TracingConfig } from '../tracing/tracing';
import { tracingSettings } from '../tracing/tracing-settings';

/** What every service process reads for itself, whatever it hosts. */
export interface HostConfig {
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  /** `stdout`, or a file. */
  readonly logOutput: string;
  readonly monitoring: MonitoringSettings;
  readonly environment: string;
  readonly auth: AuthConfig;
  /** With which services call each other. */
  readonly serviceToken: GivenToken | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingConfig | undefined;
  readonly reports: ReportOptions;
  readonly edge: EdgeConfig;
  /** To be logged at the start. */
  readonly warnings: readonly string[];
}

const readLogOutput = variable('LOG_OUTPUT', z.string().default('stdout'));
const readLogFormat = variable(
  'LOG_FORMAT',
  z.enum(['json', 'pretty', 'auto'], 'must be json, pretty or auto').default('auto'),
);

/** The settings of `HostConfig`; `isTerminal` decides what `LOG_FORMAT=auto` means. */
export function hostSettings({ isTerminal }: { readonly isTerminal: boolean }) {
  return {
    logLevel: variable(
      'LOG_LEVEL',
      z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
    ),
    logFormat: (env) => {
      const format = readLogFormat(env);
      if (format !== 'auto') return format;
      return isTerminal && readLogOutput(env) === 'stdout' ? 'pretty' : 'json';
    },
    logOutput: readLogOutput,
    monitoring: monitoringSettings,
    environment: variable('ENVIRONMENT', z.string().default('development')),
    auth: authSettings,
    serviceToken: givenToken,
    tracing: tracingSettings,
    reports: reportSettings,
    edge: edgeSettings,
    warnings: findWarnings,
  } satisfies { readonly [Key in keyof HostConfig]: Setting<HostConfig[Key]> };
}

function findWarnings(env: Environment): string[] {
  const warnings = [];
  if (lookUp(env, 'JWT_SECRET')?.value === documentedSecret) {
    warnings.push(
      'JWT_SECRET is the value that every copy of the documentation holds; it is ignored and must be changed',
    );
  }
  return warnings;
}
