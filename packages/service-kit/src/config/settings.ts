import { z } from 'zod';
import { variable, type Setting } from './config';
import { wholeNumber } from './whole-number';

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
