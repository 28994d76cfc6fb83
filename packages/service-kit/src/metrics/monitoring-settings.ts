import { z } from 'zod';
import { readEnvironment, variable, type Setting } from '../config/config';
import { flag } from '../config/value-schemas';
import { wholeNumber } from '../config/whole-number';

/** Where the metrics are, if anywhere. */
export interface MonitoringSettings {
  readonly isEnabled: boolean;
  /** A port of their own for all services of the process; undefined: on the port of each service. */
  readonly port: number | undefined;
  readonly path: string;
}

/** Whether anything is measured: `MONITORING_ENABLED`. */
export const monitoringEnabled = variable('MONITORING_ENABLED', flag().default(true));

const settings = {
  isEnabled: monitoringEnabled,
  port: variable('METRICS_PORT', wholeNumber({ max: 65_535 }).optional()),
  path: variable(
    'METRICS_PATH',
    z
      .string()
      .regex(/^(\/[\w.-]+)+$/, 'must be a path like /metrics')
      .default('/metrics'),
  ),
};

/** Reads `MONITORING_ENABLED`, `METRICS_PORT` and `METRICS_PATH`. */
export const monitoringSettings: Setting<MonitoringSettings> = (env) => readEnvironment(settings, env);

export const defaultMonitoring = monitoringSettings({});
