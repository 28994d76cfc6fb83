import { parse } from 'yaml';
import { z } from 'zod';

const duration = z.string().regex(/^(\d+(us|ms|s|m|h))+$/, 'must be like 1m30s');
const amountOfBytes = z.string().regex(/^\d+(\.\d+)?(b|k|kb|m|mb|g|gb)$/i, 'must be like 512M');
const execForm = z.array(z.string()).min(1);
const environment = z.record(
  z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  z.string('must be quoted, so that it stays a text'),
);

const healthcheck = z.strictObject({
  test: z.union([
    z.tuple([z.literal('CMD'), z.string()], z.string()),
    z.tuple([z.literal('CMD-SHELL'), z.string()]),
  ]),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
  retries: z.int().min(1).optional(),
});

const dependency = z.strictObject({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
  restart: z.boolean().optional(),
  required: z.boolean().optional(),
});

const limits = z.strictObject({ memory: amountOfBytes.optional(), cpus: z.string().optional() });

const service = z.strictObject({
  image: z.string(),
  build: z
    .strictObject({ context: z.string(), dockerfile: z.string(), target: z.string().optional() })
    .optional(),
  command: execForm.optional(),
  entrypoint: execForm.optional(),
  hostname: z.string().optional(),
  restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']).optional(),
  init: z.boolean().optional(),
  user: z.string().optional(),
  read_only: z.boolean().optional(),
  tmpfs: z.array(z.string()).optional(),
  stop_grace_period: duration.optional(),
  environment: environment.default({}),
  ports: z
    .array(z.string().regex(/^(127\.0\.0\.1:)?\d+:\d+$/, 'must be like 127.0.0.1:8080:8080'))
    .default([]),
  volumes: z
    .array(z.string().regex(/^([a-z][a-z0-9-]*|\.\/[^:]+):\/[^:]*(:ro)?$/, 'must be like name:/folder'))
    .default([]),
  depends_on: z.record(z.string(), dependency).default({}),
  healthcheck: healthcheck.optional(),
  deploy: z
    .strictObject({
      resources: z.strictObject({ limits: limits.optional(), reservations: limits.optional() }),
    })
    .optional(),
  profiles: z.array(z.string()).optional(),
});

/** The keys of the Compose specification that are in use here, in the form that it asks for; any other is a mistake. */
const composeFile = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/), service),
  volumes: z.record(z.string(), z.null()),
});

export type ComposeFile = z.infer<typeof composeFile>;
export type ComposeService = ComposeFile['services'][string];

/** Every text of the file as it is written, merge keys resolved, variables not: `x-` parts are left out. */
export function readComposeSource(source: string): unknown {
  const document: unknown = parse(source, { merge: true, strict: true, uniqueKeys: true });
  return Object.fromEntries(
    Object.entries(z.record(z.string(), z.unknown()).parse(document)).filter(
      ([key]) => !key.startsWith('x-'),
    ),
  );
}

/** The file as Compose would run it in an empty environment. Throws where Compose would refuse it. */
export function parseCompose(source: string): ComposeFile {
  return composeFile.parse(mapTexts(readComposeSource(source), interpolate));
}

/** Puts the default in the place of each `${NAME:-default}`, and `$` in that of `$$`. Throws for any other use of `$`. */
export function interpolate(text: string): string {
  return text.replaceAll(/\$\$|\$\{[A-Z][A-Z0-9_]*:-([^${}]*)\}|\$/g, (match: string, fallback?: string) => {
    if (match === '$$') return '$';
    if (match === '$') throw new Error(`a variable without a default, or a $ that is not doubled: ${text}`);
    return fallback ?? '';
  });
}

/** The names and defaults of the variables in a text of the file. */
export function variablesIn(source: string): readonly { name: string; fallback: string }[] {
  return [...source.matchAll(/\$\{([A-Z][A-Z0-9_]*):-([^${}]*)\}/g)].map(([, name = '', fallback = '']) => ({
    name,
    fallback,
  }));
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
