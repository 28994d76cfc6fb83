import { hostServices, type Host, type HostOptions } from '../hosting/host-services';
import type { ServiceFactory } from '../hosting/service';

export interface TestRequest {
  readonly method?: string;
  /** A string is sent as it is, everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when the answer is JSON, else its text. */
  readonly body: unknown;
}

/** A line of the log, as it was written. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string };

export interface HostedForTest extends AsyncDisposable {
  readonly host: Host;
  /** Of the first service. */
  readonly url: string;
  readonly logLines: readonly LogLine[];
  /** Calls the first service, or any other by a whole URL. */
  request(pathOrUrl: string, request?: TestRequest): Promise<TestResponse>;
  stop(): Promise<void>;
}

export interface HostForTestOptions extends Omit<HostOptions, 'logging'> {
  /** Default true: returns only when every service is ready. */
  readonly untilReady?: boolean;
  readonly logLevel?: 'debug' | 'info';
}

/** Hosts services on free ports of this process, whatever their configuration says, and keeps their log lines. */
export async function hostForTest(
  factories: ServiceFactory | readonly ServiceFactory[],
  { untilReady = true, logLevel = 'info', ...options }: HostForTestOptions = {},
): Promise<HostedForTest> {
  const logLines: LogLine[] = [];
  const destination = {
    write: (lines: string) => {
      for (const line of lines.trimEnd().split('\n')) logLines.push(JSON.parse(line) as LogLine);
    },
  };
  const all = typeof factories === 'function' ? [factories] : factories;
  const host = await hostServices(all.map(onFreePort), {
    ...options,
    logging: { level: logLevel, destination },
  });
  if (untilReady) await host.ready;
  const url = Object.values(host.urls)[0] ?? '';
  return {
    host,
    url,
    logLines,
    request: (pathOrUrl, request) => send(new URL(pathOrUrl, url), request),
    stop: () => host.stop(),
    [Symbol.asyncDispose]: () => host.stop(),
  };
}

function onFreePort(factory: ServiceFactory): ServiceFactory {
  return async (resources) => ({ ...(await factory(resources)), listen: { host: '127.0.0.1', port: 0 } });
}

/** Sends one request; bodies are JSON unless they are strings. */
export async function send(
  url: URL,
  { method = 'GET', body, headers }: TestRequest = {},
): Promise<TestResponse> {
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}
