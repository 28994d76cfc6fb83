import { expectProblem, type TestRequest } from '@fanfare/service-kit/testing';
import { api, hostMediator, type MediatorForTest } from './host-mediator';

interface BadInput {
  readonly what: string;
  readonly path: string;
  readonly request?: TestRequest;
  readonly status?: number;
  /** The fields that the answer must name. */
  readonly fields?: readonly string[];
}

const colleagues = '/mediators/kept/colleagues';

function badBody(method: string, path: string, what: string, body: unknown, ...fields: string[]): BadInput {
  return { what: `${method} ${path} with ${what}`, path, request: { method, body }, fields };
}

function badFields(method: string, path: string, valid: object, values: Record<string, readonly unknown[]>) {
  return Object.entries(values).flatMap(([field, bad]) =>
    bad.map((value) => {
      const text = JSON.stringify(value);
      const shown = text.length > 40 ? `${text.length} characters` : text;
      const named = Array.isArray(value) && value.length > 0 ? `${field}[0]` : field;
      return badBody(method, path, `${field} ${shown}`, { ...valid, [field]: value }, named);
    }),
  );
}

const badPath = (path: string, field: string): BadInput => ({ what: `GET ${path}`, path, fields: [field] });

const names = ['', ' ', 'a b', '-a', 'ü', 'a/b', 'a\n', 'x'.repeat(65), 7, null, [], {}];
const types = ['', 'a b', '*.a', 'a**', '**', 'x'.repeat(66)];
const settings = {
  name: ['', ' ', '\n', 'x'.repeat(256), 7, null, [], {}],
  type: names,
  handles: ['pay', null, ...types.map((type) => [type]), [7]],
  endpoint: ['', 'nowhere', 'ftp://a/', 'file:///etc/passwd', 'http://user:pass@a/', 'javascript:1', 7],
  secret: ['', 'secret', 'whsec_short', 'whsec_***', `whsk_${Buffer.alloc(32).toString('base64')}`, 7],
  handshake: ['on', true, null],
  concurrency: [0, 101, 1.5, '1', null],
  active: ['yes', 1, null],
};

const badInputs: readonly BadInput[] = [
  ...['/mediators', colleagues].flatMap((path) => [
    badBody('POST', path, 'malformed JSON', '{"name":'),
    badBody('POST', path, 'an array', [], 'body'),
    badBody('POST', path, 'null', 'null', 'body'),
    badBody('POST', path, 'nothing at all', {}, 'name'),
    badBody('POST', path, 'a field named __proto__', '{"__proto__":{"name":"a"}}', '__proto__'),
  ]),
  badBody('POST', '/mediators', 'unknown fields', { name: 'a', x: 1, y: 2 }, 'x', 'y'),
  ...badFields(
    'POST',
    '/mediators',
    { name: 'a' },
    {
      name: names,
      kind: ['', 'Message', 'saga', 7, null],
      description: [7, [], 'x'.repeat(4_097)],
      metadata: ['text', 7, true],
    },
  ),
  badBody('PATCH', '/mediators/kept', 'its kind', { kind: 'event' }, 'kind'),
  badBody('PATCH', '/mediators/kept', 'a name', { name: 'other' }, 'name'),
  badBody('PATCH', '/mediators/kept', 'a number', { description: 7 }, 'description'),
  badBody('POST', colleagues, 'unknown fields', { id: 'a', name: 'a', x: 1 }, 'x'),
  ...badFields('POST', colleagues, { id: 'a', name: 'a' }, { id: names, ...settings }),
  ...badFields('PATCH', `${colleagues}/kept`, {}, settings),
  badBody('PATCH', `${colleagues}/kept`, 'an unknown field', { x: 1 }, 'x'),
  badBody('POST', `${colleagues}/kept/heartbeat`, 'an unknown field', { x: 1 }, 'x'),
  badPath('/mediators/a%20b', 'name'),
  badPath(`/mediators/${'x'.repeat(65)}`, 'name'),
  badPath('/mediators/%27%20or%201=1', 'name'),
  badPath(`${colleagues}/a%00b`, 'id'),
  ...['limit=0', 'limit=1001', 'limit=x', 'order=up', 'cursor=!', 'kind=saga', 'x=1', 'limit=1&limit=2'].map(
    (query) => badPath(`/mediators?${query}`, query.split('=')[0] ?? ''),
  ),
  ...['limit=0', 'cursor=bm8', 'kind=event', 'offset=-1'].map((query) =>
    badPath(`${colleagues}?${query}`, query.split('=')[0] ?? ''),
  ),
  badPath('/info?x=1', 'x'),
  {
    what: 'metadata that is longer than MAX_MESSAGE_BYTES',
    path: '/mediators',
    request: { method: 'POST', body: { name: 'a', metadata: { text: 'x'.repeat(262_144) } } },
    status: 413,
  },
  {
    what: 'metadata that grows beyond MAX_MESSAGE_BYTES',
    path: '/mediators/kept',
    request: { method: 'PATCH', body: { metadata: { text: 'x'.repeat(262_144) } } },
    status: 413,
  },
  {
    what: 'a body beyond all limits',
    path: '/mediators',
    request: { method: 'POST', body: { name: 'x'.repeat(1_048_577) } },
    status: 413,
  },
  {
    what: 'a body that is no JSON',
    path: '/mediators',
    request: {
      method: 'POST',
      body: 'name=a',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    status: 415,
  },
  {
    what: 'a method that there is not',
    path: '/mediators',
    request: { method: 'PUT', body: {} },
    status: 405,
  },
];

describe('bad input to mediators and colleagues', () => {
  let service: MediatorForTest;

  beforeAll(async () => {
    service = await hostMediator();
    await service.begin({ name: 'kept' }, 'kept');
  });
  afterAll(() => service.stop());

  it.each(badInputs)(
    'is refused and says why: $what',
    async ({ path, request, status = 400, fields = [] }) => {
      const answer = await service.request(`${api}${path}`, request);

      const problem = expectProblem(answer, status);
      if (status === 400) expect(problem.code).toBe('invalid');
      expect((problem.errors ?? []).map(({ field }) => field)).toEqual(expect.arrayContaining([...fields]));
    },
  );

  it('changes nothing', async () => {
    expect((await service.get('/mediators')).body).toEqual({ mediators: ['kept'], next_cursor: null });
    expect((await service.get('/mediators/kept')).body).toMatchObject({
      colleagues: [{ id: 'kept', name: 'kept' }],
      description: null,
    });
    expect(await service.announced()).toHaveLength(2);
  });
});
