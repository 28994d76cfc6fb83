import { z } from 'zod';
import { lookUp, variable, type Environment, type Setting } from './config';
import { wholeNumber } from './whole-number';

/** `true` or `false`. */
export function flag() {
  return z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
}

/** `on` or `off`. */
export function onOrOff() {
  return z.enum(['on', 'off'], 'must be on or off').transform((value) => value === 'on');
}

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

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `30s`, `5m` or `30d`, in milliseconds; a bare number is in milliseconds. */
export function duration() {
  return z
    .string()
    .regex(/^\d{1,12}(ms|s|m|h|d)?$/, 'must be a duration like 500ms, 30s, 5m, 12h or 30d')
    .transform((text) => {
      const unit = text.replace(/^\d+/, '') as keyof typeof unitMs | '';
      return Number.parseInt(text, 10) * (unit === '' ? 1 : unitMs[unit]);
    });
}

/** A list of texts with commas between them. */
export function list() {
  return z.string().transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}
