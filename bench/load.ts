import { spawn } from 'node:child_process';
import path from 'node:path';

export interface LoadOptions {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly seconds: number;
  readonly connections?: number;
  /** Requests per second over all connections; as many as possible when left out. */
  readonly rate?: number;
}

export interface LoadReport {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and requests without an answer. */
  readonly failed: number;
  readonly sent: number;
}

const order = { customer_id: 'customer-123', product_id: 'product-456', quantity: 2, total_amount: 99.99 };

/** Sends requests from a process of its own with autocannon. */
export async function runLoad({
  url,
  method,
  seconds,
  connections = 32,
  rate,
}: LoadOptions): Promise<LoadReport> {
  const parameters = ['-j', '-m', method, '-c', String(connections), '-d', String(seconds)];
  if (method === 'POST') parameters.push('-H', 'content-type=application/json', '-b', JSON.stringify(order));
  if (rate !== undefined) parameters.push('-R', String(rate));
  const report = JSON.parse(await runAutocannon([...parameters, url])) as {
    requests: { average: number; total: number };
    latency: { p50: number; p99: number };
    errors: number;
    non2xx: number;
  };
  return {
    perSecond: report.requests.average,
    p50Ms: report.latency.p50,
    p99Ms: report.latency.p99,
    failed: report.errors + report.non2xx,
    sent: report.requests.total,
  };
}

function runAutocannon(parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const program = path.resolve('node_modules/autocannon/autocannon.js');
    const child = spawn(process.execPath, [program, ...parameters], { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`autocannon ended with ${code ?? 'a signal'}`));
    });
  });
}
