import { createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection, type RawConnection } from '@fanfare/core/testing';
import fc from 'fast-check';
import { expectProblem } from '../testing/expect-problem';
import {
  binaryHead,
  createGate,
  fetchAnswer,
  sampleEvent,
  toBinary,
  toStructured,
  useReceivers,
} from '../testing/use-receivers';

const start = useReceivers();

/** The answers that a connection has received so far, each checked to be a problem. */
function expectProblems(connection: RawConnection, ...statuses: readonly number[]): void {
  const answers = connection.received().split(/(?=HTTP\/1\.1 )/);
  expect(answers.map((answer) => Number(answer.slice(9, 12)))).toEqual(statuses);
  for (const answer of answers) {
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    const lines = head.split('\r\n').slice(1);
    const headers = new Headers(
      lines.map((line): [string, string] => [line.split(': ')[0] ?? '', line.split(': ')[1] ?? '']),
    );
    const status = Number(head.slice(9, 12));
    expectProblem({ status, headers, json: JSON.parse(body) }, status);
  }
}

const attributeLines = Object.entries(sampleEvent).map(([name, value]) => `ce-${name}: ${value}`);

async function closed(connection: RawConnection): Promise<void> {
  await eventually(() => {
    expect(connection.isClosed()).toBe(true);
  });
}

describe('the server of a receiver', () => {
  it('answers pipelined requests in their order', async () => {
    const gate = createGate();
    const { url } = await start((event) => (event.id === 'slow' ? gate.handler(event) : undefined));
    const connection = openRawConnection(url);

    connection.write(binaryHead({ ...sampleEvent, id: 'slow' }) + binaryHead({ ...sampleEvent, type: '' }));
    await eventually(() => {
      expect(gate.ids()).toEqual(['slow']);
    });
    gate.openAll();

    await eventually(() => {
      expect(connection.received()).toMatch(/^HTTP\/1.1 204 .*HTTP\/1.1 400 /s);
    });
    connection.destroy();
  });

  it('refuses an attribute that has more than one header', async () => {
    const { url } = await start(() => undefined);
    const connection = openRawConnection(url);

    connection.write(binaryHead(sampleEvent, ['Ce-Id: other', 'content-length: 0', 'connection: close']));

    await closed(connection);
    expectProblems(connection, 400);
    expect(connection.received()).toContain('"problems":[{"attribute":"id"');
  });

  it('refuses 10,000 headers', async () => {
    const { url } = await start(() => undefined);
    const connection = openRawConnection(url);
    const many = Array.from({ length: 10_000 }, (_, index) => `x-${index}: y`);

    connection.write(binaryHead(sampleEvent, many));

    await closed(connection);
    expectProblems(connection, 431);
  });

  it('refuses more headers than it takes, however short they are', async () => {
    const { url } = await start(() => undefined, { limits: { headers: 20 } });
    const many = Array.from({ length: 20 }, (_, index) => `x-${index}: y`);
    const connection = openRawConnection(url);

    connection.write(binaryHead(sampleEvent, [...many, 'content-length: 0', 'connection: close']));

    await closed(connection);
    expectProblems(connection, 431);
  });

  it('takes as many headers as it is told to', async () => {
    const { url } = await start(() => undefined, { limits: { headers: 5_000, headBytes: 100_000 } });
    const many = Array.from({ length: 4_000 }, (_, index) => `x-${index}: y`);
    const connection = openRawConnection(url);

    connection.write(binaryHead({}, [...many, ...attributeLines, 'content-length: 0', 'connection: close']));

    await closed(connection);
    expect(connection.received()).toMatch(/^HTTP\/1.1 204 /);
  });

  it.each([
    ['its head', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    ['its body', binaryHead(sampleEvent, ['content-length: 10'])],
  ])('closes the connection of a sender that is slow with %s', async (_, text) => {
    const { url } = await start(() => undefined, { limits: { headMs: 50, requestMs: 100 } });
    const connection = openRawConnection(url);

    connection.write(text);

    await closed(connection);
    expectProblems(connection, 408);
  });

  it.each([
    'how do you do?\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    'POST / HTTP/1.1\r\nhost: x\r\nbad header: x\r\n\r\n',
  ])('answers %j, which is no HTTP, with a problem, and closes the connection', async (text) => {
    const { url } = await start(() => undefined);
    const connection = openRawConnection(url);

    connection.write(text);

    await closed(connection);
    expectProblems(connection, 400);
  });

  it('lets a sender finish a body that it refused, and goes on with the connection', async () => {
    const { url } = await start(() => undefined);
    const connection = openRawConnection(url);

    connection.write(binaryHead(sampleEvent, [`content-length: ${2 * 1024 * 1024}`]));
    await eventually(() => {
      expect(connection.received()).toMatch(/^HTTP\/1.1 413 /);
    });
    connection.write('x'.repeat(2 * 1024 * 1024) + binaryHead(sampleEvent));

    await eventually(() => {
      expect(connection.received()).toContain('HTTP/1.1 204 ');
    });
    connection.destroy();
  });

  it('does not wait for ever for the rest of a body that it refused', async () => {
    const clock = createVirtualClock();
    const { url } = await start(() => undefined, { clock });
    const connection = openRawConnection(url);

    connection.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc');
    await eventually(() => {
      expect(clock.pending).toBe(1);
    });
    expect(connection.isClosed()).toBe(false);
    await clock.advance(2_000);

    await closed(connection);
    expectProblems(connection, 405);
  });

  it('outlives a sender that leaves in the middle of its body', async () => {
    const onError = jest.fn();
    const { url, send } = await start(() => undefined, { onError });
    const connection = openRawConnection(url);

    connection.write(`${binaryHead(sampleEvent, ['content-length: 10'])}{"a`);
    connection.destroy();

    expect((await send({})).status).toBe(204);
    expect(onError).not.toHaveBeenCalled();
  });

  it('serves a sender whatever it expects', async () => {
    const { url } = await start(() => undefined);
    const connection = openRawConnection(url);

    connection.write(binaryHead(sampleEvent, ['expect: wonders', 'content-length: 0']));

    await eventually(() => {
      expect(connection.received()).toMatch(/^HTTP\/1.1 204 /);
    });
    connection.destroy();
  });
});

describe('hostile input', () => {
  it.each(['[', '{"a":'])('that nests %s 100,000 levels deep does no harm', async (open) => {
    const { request, url } = await start(() => undefined);
    const depth = 100_000;
    const data = open.repeat(depth) + (open === '[' ? ']' : '1}'.padEnd(depth + 1, '}'));
    const body = `{"specversion":"1.0","id":"a","source":"/a","type":"a","data":${data}`;

    for (const init of [toBinary(sampleEvent), toStructured(sampleEvent)]) {
      expect((await request({ ...init, body })).status).toBeLessThan(500);
    }
    expect((await fetchAnswer(url, toBinary(sampleEvent))).status).toBe(204);
  });

  it.each(['__proto__', 'constructor', 'toString'])(
    'that is called %s reaches no prototype',
    async (name) => {
      const { request } = await start((event) => {
        expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
      });
      const attributes = JSON.stringify(sampleEvent).slice(1);
      const json = `{"${name}":{"polluted":true},${attributes}`;
      const structured = { 'content-type': 'application/cloudevents+json' };

      expectProblem(await request({ headers: structured, body: json }), 400);
      expect((await request({ ...toBinary(sampleEvent), body: json })).status).toBe(204);
      const { headers } = toBinary(sampleEvent);
      expect((await request({ headers: { ...headers, [`x-${name}`]: 'a' } })).status).toBe(204);

      expect('polluted' in {}).toBe(false);
    },
  );

  it('of any kind never crashes it and is never answered with 5xx', async () => {
    const onError = jest.fn();
    const { url, send } = await start(() => undefined, { onError, limits: { keepAliveMs: 1_000 } });
    const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
    const value = fc.oneof(
      fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,40}$/),
      fc.constantFrom('application/json', '%', '%ff'),
    );
    const name = fc.oneof(
      token,
      fc.constantFrom(
        'ce-id',
        'ce-source',
        'ce-type',
        'ce-specversion',
        'ce-time',
        'content-type',
        'content-encoding',
      ),
      token.map((text) => `ce-${text}`),
    );
    const lines = fc.array(fc.tuple(name, value).map((line) => line.join(': ')));
    const type = fc.constantFrom(
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/cloudevents',
      'application/json; charset=utf-16',
      'text/plain; charset=x',
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .array(fc.dictionary(fc.string(), fc.jsonValue()))
        .map((events) => Buffer.from(JSON.stringify(events))),
    );
    const isValid = fc.boolean();

    await fc.assert(
      fc.asyncProperty(lines, type, body, isValid, async (extra, contentType, bytes, valid) => {
        const connection = openRawConnection(url);
        const attributes = valid ? sampleEvent : { specversion: '1.0' };
        const head = binaryHead(attributes, [
          ...extra,
          `content-type: ${contentType}`,
          `content-length: ${bytes.length}`,
          'connection: close',
        ]);
        connection.write(Buffer.concat([Buffer.from(head, 'latin1'), bytes]));
        await closed(connection);
        expect(connection.received()).toMatch(/^HTTP\/1\.1 [24]\d\d /);
      }),
      { numRuns: 150 },
    );

    expect(onError).not.toHaveBeenCalled();
    expect((await send({})).status).toBe(204);
  }, 30_000);
});
