import { useServers, type Reply, type SentRequest } from '../testing/use-servers';
import { createHandshake, type CallbackRequest } from './answer-handshake';
import { grantByCallback } from './grant-by-callback';

const request = (origin: string, further: Readonly<Record<string, string>> = {}) => ({
  'webhook-request-origin': origin,
  ...further,
});
const granted = (origin: string, rate: string) => ({
  status: 200,
  headers: { allow: 'OPTIONS, POST', 'webhook-allowed-origin': origin, 'webhook-allowed-rate': rate },
});
const without = (status: number) => ({ status, headers: { allow: 'OPTIONS, POST' } });
const rate = (text: string) => ({ 'webhook-request-rate': text });
const callback = (url: string) => ({ 'webhook-request-callback': url });

describe('the handshake of a receiver', () => {
  const { answer, admits } = createHandshake({ allowedOrigins: ['events.example.com'], allowedRate: 100 });

  it('grants an origin that is allowed, by its own name', () => {
    expect(answer(request('events.example.com'))).toEqual(granted('events.example.com', '100'));
    expect(answer(request('Events.Example.COM'))).toEqual(granted('Events.Example.COM', '100'));
  });

  it('refuses everyone else, without a word of consent', () => {
    for (const origin of [
      'example.com',
      'sub.events.example.com',
      'events.example.com.evil.example',
      '*.example.com',
    ])
      expect(answer(request(origin)).headers).toEqual({ allow: 'OPTIONS, POST' });
    expect(answer(request('example.com'))).toEqual(without(403));
  });

  it('grants the rate that is asked for, up to what is allowed', () => {
    expect(answer(request('events.example.com', rate('60')))).toEqual(granted('events.example.com', '60'));
    expect(answer(request('events.example.com', rate('120')))).toEqual(granted('events.example.com', '100'));
  });

  it('can be open to everyone, as often as they like', () => {
    const open = createHandshake({ allowedOrigins: '*' });

    expect(open.answer(request('events.example.com'))).toEqual(granted('*', '*'));
    expect(open.answer(request('events.example.com', rate('60')))).toEqual(granted('*', '60'));
    expect(open.admits({})).toBe(true);
  });

  it.each(['0', '-1', '1.5', 'many', '*', '1e3', '9'.repeat(16)])(
    'refuses to make sense of the rate %s',
    (text) => {
      expect(answer(request('events.example.com', rate(text)))).toEqual(without(400));
    },
  );

  it.each([
    'events.example.com, other.example.com',
    'https://events.example.com',
    'a b',
    '.',
    'a'.repeat(256),
  ])('refuses to make sense of the origin %s', (origin) => {
    expect(answer(request(origin))).toEqual(without(400));
  });

  it('answers an OPTIONS request that asks for no permission, and gives none', () => {
    expect(answer({})).toEqual(without(204));
    expect(answer(request(' '))).toEqual(without(204));
  });

  it('admits deliveries of those who may send, who must say who they are', () => {
    expect(admits(request('EVENTS.example.com'))).toBe(true);
    expect(admits(request('other.example.com'))).toBe(false);
    expect(admits({})).toBe(false);
  });

  it('is not made with a rate that is none', () => {
    for (const allowedRate of [0, -1, 1.5, Number.NaN, Infinity])
      expect(() => createHandshake({ allowedOrigins: '*', allowedRate })).toThrow('is no rate');
  });
});

describe('permission by callback', () => {
  const servers = useServers();
  async function startSender(status: number) {
    const take = jest.fn<Reply, [SentRequest]>(() => ({ status }));
    return { take, url: await servers.answer(take) };
  }

  it('is given when the application has made up its mind', async () => {
    const allowedOrigins: string[] = [];
    const asked: CallbackRequest[] = [];
    const sender = await startSender(200);
    const handshake = createHandshake({
      allowedOrigins,
      allowedRate: 100,
      onCallback: (callbackRequest) => asked.push(callbackRequest),
    });
    const url = `${sender.url}/confirm?id=1&key=secret`;
    const question = request('events.example.com', { ...rate('120'), ...callback(url) });

    expect(handshake.answer(question)).toEqual(without(202));
    expect(asked).toEqual([{ origin: 'events.example.com', callback: url, rate: 100 }]);
    expect(sender.take).not.toHaveBeenCalled();
    expect(handshake.admits(question)).toBe(false);

    for (const one of asked) {
      await grantByCallback(one);
      allowedOrigins.push(one.origin);
    }

    expect(sender.take.mock.calls).toMatchObject([
      [{ method: 'POST', path: '/confirm?id=1&key=secret', headers: { 'webhook-allowed-rate': '100' } }],
    ]);
    expect(handshake.admits(question)).toBe(true);
    expect(handshake.answer(question)).toEqual(granted('events.example.com', '100'));
  });

  it('is not offered where the application does not listen for it', () => {
    const { answer } = createHandshake({ allowedOrigins: [] });

    expect(answer(request('events.example.com', callback('https://events.example.com/')))).toEqual(
      without(403),
    );
  });

  it.each(['ftp://events.example.com', '/confirm', 'javascript:alert(1)', `https://a/${'b'.repeat(2_048)}`])(
    'is not asked for with %s',
    (url) => {
      const onCallback = jest.fn();
      const { answer } = createHandshake({ allowedOrigins: [], onCallback });

      expect(answer(request('events.example.com', callback(url)))).toEqual(without(400));
      expect(onCallback).not.toHaveBeenCalled();
    },
  );

  it('tells when the sender does not take it', async () => {
    const sender = await startSender(404);

    await expect(grantByCallback({ callback: sender.url, rate: 'unlimited' })).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the callback answered 404',
    });
    expect(sender.take.mock.calls).toMatchObject([[{ headers: { 'webhook-allowed-rate': '*' } }]]);
  });

  it('calls nothing where it may not go', async () => {
    const sender = await startSender(200);
    const callback = sender.url.replace('127.0.0.1', 'localhost');

    const granting = grantByCallback(
      { callback, rate: 10 },
      {
        allowsAddress: () => false,
      },
    );

    await expect(granting).rejects.toMatchObject({
      code: 'unavailable',
      cause: { message: 'localhost is no public address' },
    });
    expect(sender.take).not.toHaveBeenCalled();
  });
});
