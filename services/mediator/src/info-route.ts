import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { MediatorConfig } from './config';

const packageFile = z.object({ version: z.string() });

const infoBody = z.object({
  name: z.string(),
  version: z.string(),
  limits: z.object({
    max_mediators: z.int(),
    max_colleagues: z.int(),
    max_colleagues_per_mediator: z.int(),
    max_message_bytes: z.int(),
    timeout_ms: z.int(),
    message_timeout_ms: z.int(),
    retry_count: z.int(),
  }),
});

/** What the service is, and which limits it was set to. */
export function infoRoute(config: MediatorConfig): Route {
  const file = readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8');
  const info = {
    name: config.name,
    version: packageFile.parse(JSON.parse(file)).version,
    limits: {
      max_mediators: config.maxMediators,
      max_colleagues: config.maxColleagues,
      max_colleagues_per_mediator: config.maxColleaguesPerMediator,
      max_message_bytes: config.maxMessageBytes,
      timeout_ms: config.timeoutMs,
      message_timeout_ms: config.messageTimeoutMs,
      retry_count: config.retryCount,
    },
  };
  return defineRoute({
    method: 'get',
    path: '/api/v1/info',
    role: 'reader',
    summary: 'Say which service this is, and its limits',
    responses: { 200: infoBody },
    handle: () => reply(200, info),
  });
}
