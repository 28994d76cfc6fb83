import { z } from 'zod';
import { lookUp, variable, type Environment, type Setting } from './config';
import { edgeSettings, type EdgeConfig } from './edge';
import { wholeNumber } from './whole-number';

export { duration, flag, list, onOrOff } from './value-schemas';

/** Where a service listens: `HOST` (loopback unless set) and `SERVICE_PORT` or `PORT`. */
export function listenAddress({ port }: { readonly port: number }): Setting<{ host: string; port: number }> {
  const readHost = variable('HOST', z.string().default('127.0.0.1'));
  const readPort = variable(['SERVICE_PORT', 'PORT'], wholeNumber({ max: 65_535 }).default(port));
  return (env) => ({ host: readHost(env), port: readPort(env) });
}

/** The name of the service in logs, health and event sources: `SERVICE_NAME`. */
export function serviceName(fallback: string): Setting<string> {
  const message = 'must be made of lower-case letters, digits and dashes';
  return variable(
    'SERVICE_NAME',
    z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, message)
      .default(fallback),
  );
}

/** The DNS name by which receivers of web hooks that want to be asked first know this system: `WEBHOOK_ORIGIN`. */
export function webhookOrigin(fallback: string): Setting<string> {
  return variable(
    'WEBHOOK_ORIGIN',
    z
      .string()
      .max(255)
      .regex(/^[\w-]+(\.[\w-]+)*(:\d{1,5})?$/, 'must be a DNS name')
      .default(fallback),
  );
}

/** What every service process reads for itself, whatever it hosts. */
export interface HostConfig {
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'pretty';
  readonly environment: string;
  readonly authMode: 'disabled';
  readonly edge: EdgeConfig;
  /** To be logged at the start. */
  readonly warnings: readonly string[];
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The settings of `HostConfig`; `isTerminal` decides what `LOG_FORMAT=auto` means. */
export function hostSettings({ isTerminal }: { readonly isTerminal: boolean }) {
  const automatic = isTerminal ? 'pretty' : 'json';
  return {
    logLevel: variable(
      'LOG_LEVEL',
      z.enum(logLevels, `must be one of ${logLevels.join(', ')}`).default('info'),
    ),
    logFormat: variable(
      'LOG_FORMAT',
      z
        .enum(['json', 'pretty', 'auto'], 'must be json, pretty or auto')
        .default('auto')
        .transform((format) => (format === 'auto' ? automatic : format)),
    ),
    environment: variable('ENVIRONMENT', z.string().default('development')),
    authMode: variable('AUTH_MODE', authMode),
    edge: edgeSettings,
    warnings: findWarnings,
  } satisfies { readonly [Key in keyof HostConfig]: Setting<HostConfig[Key]> };
}

const authMode = z
  .enum(['disabled', 'jwt'], 'must be disabled')
  .default('disabled')
  .transform((mode, context) => {
    if (mode === 'disabled') return mode;
    context.addIssue('authentication by JWT is not available yet; set it to disabled');
    return z.NEVER;
  });

function findWarnings(env: Environment): string[] {
  const warnings = [];
  if (lookUp(env, 'JWT_SECRET')?.value === 'your-secret-key') {
    warnings.push(
      'JWT_SECRET is the value that every copy of the documentation holds; it is ignored and must be changed',
    );
  }
  return warnings;
}
