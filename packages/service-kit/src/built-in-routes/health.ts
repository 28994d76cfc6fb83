import { AppError, type Clock } from '@fanfare/core';
import { z } from 'zod';
import type { Pingable } from '../hosting/service';
import { defineRoute, reply, type Route } from '../http/route';

/** A dependency that does not answer within this time counts as away. */
const checkTimeoutMs = 2_000;
/** However often health is asked for, dependencies are asked no more often than this. */
const cacheMs = 1_000;

export interface HealthOptions {
  readonly service: string;
  readonly checks: Readonly<Record<string, Pingable>>;
  /** Told besides. */
  readonly details?: Readonly<Record<string, string>> | undefined;
  readonly clock: Clock;
  /** Why the service is not prepared yet, in words; null when it is. */
  readonly unpreparedBecause: () => string | null;
  readonly failedWorkers: () => readonly string[];
}

const healthBody = z.looseObject({
  status: z.enum(['healthy', 'degraded']),
  service: z.string(),
  checks: z.record(z.string(), z.string()),
});
const readyBody = z.object({
  status: z.enum(['ready', 'not_ready']),
  service: z.string(),
  missing: z.array(z.string()),
});

/** The three questions of an orchestrator: is all well, is the process alive, may it be sent requests. */
export function healthRoutes(options: HealthOptions): readonly Route[] {
  const { service, details, unpreparedBecause, failedWorkers } = options;
  const runChecks = createChecks(options);
  return [
    defineRoute({
      method: 'get',
      path: '/health',
      role: 'public',
      summary: 'The state of the service and of everything it depends on',
      responses: {
        200: healthBody,
        503: { description: 'Something it depends on is away', schema: healthBody, contentType: json },
      },
      handle: async () => {
        const checks = await runChecks();
        const isHealthy = Object.values(checks).every((state) => state === healthy);
        const status = isHealthy ? 'healthy' : 'degraded';
        return reply(isHealthy ? 200 : 503, { status, service, checks, ...details });
      },
    }),
    defineRoute({
      method: 'get',
      path: '/health/live',
      role: 'public',
      summary: 'Whether the process answers at all',
      responses: { 200: z.object({ status: z.literal('alive'), service: z.string() }) },
      handle: () => reply(200, { status: 'alive', service }),
    }),
    defineRoute({
      method: 'get',
      path: '/health/ready',
      role: 'public',
      summary:
        'Whether the service can do its own work: it is prepared, its database answers, its workers run',
      responses: {
        200: readyBody,
        503: { description: 'What is missing', schema: readyBody, contentType: json },
      },
      handle: async () => {
        const { database = healthy } = await runChecks();
        const unprepared = unpreparedBecause();
        const missing = [
          ...(unprepared === null ? [] : [`prepare: ${unprepared}`]),
          ...(database === healthy ? [] : [`database: ${database}`]),
          ...failedWorkers().map((name) => `worker ${name}: it failed and is being started again`),
        ];
        const isReady = missing.length === 0;
        return reply(isReady ? 200 : 503, { status: isReady ? 'ready' : 'not_ready', service, missing });
      },
    }),
  ];
}

const healthy = 'healthy';
const json = 'application/json';

type CheckStates = Readonly<Record<string, string>>;

/** Runs all checks side by side; those who ask meanwhile or shortly after share the answer. */
function createChecks({ checks, clock }: HealthOptions): () => Promise<CheckStates> {
  let last: { readonly states: Promise<CheckStates>; readonly startedMs: number } | undefined;

  async function runAll(): Promise<CheckStates> {
    const entries = Object.entries(checks).map(
      async ([name, check]) => [name, await stateOf(check, clock)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  return () => {
    const nowMs = clock.elapsedMs();
    if (!last || nowMs - last.startedMs >= cacheMs) last = { states: runAll(), startedMs: nowMs };
    return last.states;
  };
}

async function stateOf(check: Pingable, clock: Clock): Promise<string> {
  const limit = new AbortController();
  const timeout = clock.sleep(checkTimeoutMs, limit.signal).then(() => 'unhealthy: no answer within 2 s');
  const state = await Promise.race([ask(check), timeout]);
  limit.abort();
  return state;
}

async function ask(check: Pingable): Promise<string> {
  try {
    await check.ping();
    return healthy;
  } catch (error) {
    return `unhealthy: ${describeForOthers(error, 'the check failed')}`;
  }
}

/** The message of an expected error; only such a one is meant for other eyes. */
export function describeForOthers(error: unknown, otherwise: string): string {
  return error instanceof AppError ? error.message : otherwise;
}
