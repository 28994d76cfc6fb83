import { ConfigError } from '../config/config';
import { HttpProblem, problemReply } from '../http/problem';
import { defineRoute, type Route } from '../http/route';
import { listen, type HttpServer } from '../http/server';
import { mergeMetrics, type Metrics } from './metrics';
import type { MonitoringSettings } from './monitoring-settings';

/**
 * The route of the metrics on the port of the service, if they are there. Throws `ConfigError` when the service has another
 * route at their path.
 */
export function metricsRoutes(
  metrics: Metrics,
  { isEnabled, port, path }: MonitoringSettings,
  others: readonly Route[],
): readonly Route[] {
  if (!isEnabled || port !== undefined) return [];
  if (others.some((route) => route.method === 'get' && route.path === path)) {
    throw new ConfigError([`METRICS_PATH is "${path}": there is another route already; choose another path`]);
  }
  return [metricsRoute(metrics, path)];
}

/** The services whose metrics are served together. */
export interface Measured {
  readonly service: { readonly name: string; readonly listen: { readonly host: string } };
  readonly metrics: Metrics;
}

/**
 * Serves the metrics at the port of their own, on the host of the services; those of several services under a label
 * `service`. Undefined where there is none. Throws `ConfigError` when the port cannot be had.
 */
export async function listenForMetrics(
  measured: readonly Measured[],
  { isEnabled, port, path }: MonitoringSettings,
): Promise<HttpServer | undefined> {
  const host = measured[0]?.service.listen.host;
  if (!isEnabled || port === undefined || host === undefined) return undefined;
  const { render, contentType } = mergeMetrics(
    measured.map(({ service, metrics }) => ({ service: service.name, metrics })),
  );
  try {
    return await listen({
      host,
      port,
      serve: (incoming, response) => {
        const { url = '/' } = incoming;
        if (url.split('?')[0] === path) {
          void render().then(
            (text) => response.writeHead(200, { 'content-type': contentType }).end(text),
            () => response.writeHead(500).end(),
          );
          return;
        }
        const { status, headers, body } = problemReply(nothingHere, { url, requestId: '' });
        response.writeHead(status, headers).end(JSON.stringify(body));
      },
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new ConfigError([
      `METRICS_PORT is ${port}: it cannot be listened on at ${host} (${code}); choose another port, or leave it out to have metrics on the port of each service`,
    ]);
  }
}

const nothingHere = new HttpProblem(404, 'there are only metrics on this port');

/** `GET /metrics`, or another path. */
function metricsRoute(metrics: Metrics, path: string): Route {
  return defineRoute({
    method: 'get',
    path,
    role: 'public',
    summary: 'Metrics for Prometheus',
    responses: { 200: { description: 'Text exposition format', contentType: 'text/plain' } },
    handle: async () => ({
      status: 200,
      headers: { 'content-type': metrics.contentType },
      text: await metrics.render(),
    }),
  });
}
