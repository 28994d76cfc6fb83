import {
  ack,
  createClient,
  formatResult,
  nack,
  type Client,
  type Handler,
  type Result,
} from '@fanfare/cloudevents';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { lendClient } from './support/lend-client';

const readme = readFileSync(path.join(__dirname, '../README.md'), 'utf8');
const trimLines = (text: string) => text.replaceAll(/^[ \t]+/gm, '');

describe('the code in the README', () => {
  const all = readme.match(/^```ts$/gm) ?? [];
  const sourced = [...readme.matchAll(/<!-- (examples\/\S+) -->\n```ts\n([^]*?)\n```/g)];

  it('all names the example that it is taken from', () => {
    expect(all.length).toBeGreaterThan(5);
    expect(sourced).toHaveLength(all.length);
  });

  it.each(sourced.map(([, file = '', code = '']) => ({ file, code })))(
    'stands in $file',
    ({ file, code }) => {
      const source = readFileSync(path.join(__dirname, '..', file), 'utf8');

      expect(trimLines(source)).toContain(trimLines(code));
    },
  );
});

describe('the comparison of formats in the README', () => {
  const [, section = ''] = readme.split('\n## When to use CloudEvents\n');
  const [table = ''] = section.trim().split('\n\n');
  const [head = [], , ...rows] = table.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

  it('says of CloudEvents and of what people use instead what each is good for, and what it is not', () => {
    expect(head).toEqual(['format', 'envelope', 'good for', 'less for']);
    expect(rows.map(([format]) => format)).toEqual(['CloudEvents', 'own JSON', 'Avro, Protobuf', 'AsyncAPI']);
    for (const row of rows) expect(row.filter((cell) => cell !== '')).toHaveLength(head.length);
  });
});

describe('the trouble page of the README', () => {
  const event = { type: 'order.created', source: '/orders' };
  const send = (client: Client) => client.send(event);
  const answer = (handler: Handler) => () => lendClient(handler, send);
  async function fromNobody(): Promise<Result> {
    const client = createClient('http://127.0.0.1:1');
    const result = await client.send(event);
    await client.close();
    return result;
  }

  /** Handles an event for as long as its sender waits. */
  const handleSlowly: Handler = (_, { signal }) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });

  const troubles: readonly (readonly [string, () => Promise<Result>])[] = [
    ['nobody listens', fromNobody],
    [
      'the event is not valid',
      () =>
        lendClient(
          () => ack(),
          (client) => client.send({ ...event, source: '' }),
        ),
    ],
    [
      'the caller aborts',
      () =>
        lendClient(
          () => ack(),
          (client) => client.send(event, { signal: AbortSignal.abort() }),
        ),
    ],
    [
      'the sender is not known',
      () => lendClient(() => ack(), send, { authenticate: () => ({ status: 401, detail: 'who are you?' }) }),
    ],
    [
      'the event is too long',
      () =>
        lendClient(
          () => ack(),
          (client) => client.send({ ...event, data: 'too long' }),
          {
            limits: { bodyBytes: 4 },
          },
        ),
    ],
    ['the handler refuses', answer(() => nack(422, 'no such product'))],
    [
      'the handler fails',
      () => lendClient(() => Promise.reject(new Error('a bug')), send, { onError: () => undefined }),
    ],
    ['the queue is full', () => lendClient(() => ack(), send, { maxQueued: 0 })],
    [
      'no answer comes in time',
      () => lendClient(handleSlowly, (client) => client.send(event, { timeoutMs: 20 })),
    ],
  ];
  const printed = [...readme.matchAll(/^\| `((?:undelivered|nack)[ ,][^`]+)`/gm)].map(
    ([, line = '']) => line,
  );
  const matches = (line: string, pattern: string) =>
    new RegExp(`^${pattern.split('…').map(escapeText).join('.*')}$`).test(line);

  it('knows every line that it prints', () => {
    expect(printed).toHaveLength(troubles.length);
  });

  it.each(troubles)('has what is printed when %s', async (_, happen) => {
    const line = formatResult(await happen());

    expect(printed.filter((pattern) => matches(line, pattern))).toEqual([expect.any(String)]);
  });
});

const escapeText = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
