import { eventually } from '@fanfare/core/testing';
import { Webhook } from 'standardwebhooks';
import { openMediator, type MediatorUnderTest } from './support/mediator';
import { mediatorUrl } from './support/system';
import { openWebHook } from './support/web-hook';
import { openSocket, type Frame, type SocketClient } from './support/web-socket';

const secret = `whsec_${Buffer.from('a secret of twenty-four+').toString('base64')}`;
const retry = { max_attempts: 3, delay_ms: 10 };

/** One at a time of what came with this type. */
const ofType = (socket: SocketClient, type: string) =>
  socket.frames.filter((frame) => frame['type'] === type);

describe('a colleague with a web hook', () => {
  it('is posted messages as signed CloudEvents, in their order, and acks them by its answer', async () => {
    await using hook = await openWebHook();
    await using mediator = await openMediator('message', 'ann', {
      id: 'bob',
      name: 'Bob',
      endpoint: hook.url,
      secret,
    });

    for (const id of ['m-1', 'm-2', 'm-3']) {
      await mediator.post('/messages', {
        id,
        sender_id: 'ann',
        recipient_id: 'bob',
        message: { text: `ü ${id}` },
      });
    }

    await eventually(async () => {
      expect(await mediator.get('/messages?status=completed')).toMatchObject({ messages: { length: 3 } });
    });
    expect(hook.ids()).toEqual(['m-1', 'm-2', 'm-3']);
    const [{ headers, body } = { headers: {}, body: '' }] = hook.delivered;
    expect(headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'message',
      'ce-source': `/mediator/${mediator.name}`,
      'ce-subject': 'bob',
      'ce-kind': 'message',
      'ce-senderid': 'ann',
      'ce-attempt': '1',
    });
    const verified: unknown = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(verified).toEqual({ text: 'ü m-1' });
  });

  it('answers commands by what it answers the call with', async () => {
    await using hook = await openWebHook();
    await using mediator = await openMediator('command', 'ann', {
      id: 'bob',
      name: 'Bob',
      handles: ['reserve'],
      endpoint: hook.url,
    });
    const reserve = (id: string) =>
      mediator.post('/messages', { id, sender_id: 'ann', message: { type: 'reserve', data: { n: 2 } } });

    hook.answer(200, { reserved: 2 });
    expect(await reserve('c-1')).toMatchObject({ status: 'completed', result: { reserved: 2 } });
    hook.answer(422, { detail: 'out of stock' });
    const error = { code: 'http-422', message: 'out of stock', retryable: false };
    expect(await reserve('c-2')).toMatchObject({ status: 'failed', error });

    expect(await reserve('c-1')).toMatchObject({ status: 'completed', result: { reserved: 2 } });
    expect(hook.ids()).toEqual(['c-1', 'c-2']);
  });

  it('that fails is tried again; what it never takes is a dead letter, until it is redriven', async () => {
    await using hook = await openWebHook();
    await using mediator = await openMediator('message', 'ann', {
      id: 'bob',
      name: 'Bob',
      endpoint: hook.url,
    });
    hook.answer(503);

    await mediator.post('/messages', { id: 'm-1', sender_id: 'ann', recipient_id: 'bob', message: 1, retry });
    await eventually(async () => {
      const receipts = [{ recipient_id: 'bob', status: 'dead', attempts: 3 }];
      expect(await mediator.get('/messages?receipt=dead')).toMatchObject({
        messages: [{ id: 'm-1', receipts }],
      });
    });
    hook.answer(204);
    await mediator.post('/messages/m-1/redrive');

    await eventually(async () => {
      expect(await mediator.get('/messages/m-1')).toMatchObject({ status: 'completed' });
    });
    expect(hook.ids()).toEqual(['m-1', 'm-1', 'm-1', 'm-1']);
  });
});

describe('a colleague with a WebSocket', () => {
  const connect = ({ name }: MediatorUnderTest, id: string) =>
    openSocket(`${mediatorUrl}/ws?mediator=${name}&colleague=${id}`);
  const deliveries = (socket: SocketClient) =>
    ofType(socket, 'message').map(({ message }) => message as Frame & { readonly id: string });

  it('gets what waits and what comes, sends, acks and answers', async () => {
    await using mediator = await openMediator('command', 'ann', {
      id: 'bob',
      name: 'Bob',
      handles: ['greet'],
    });
    await using ann = await connect(mediator, 'ann');
    ann.send({
      type: 'send',
      request_id: 'r-1',
      id: 'c-1',
      message: { type: 'greet', data: 'Ann' },
      wait_ms: 0,
    });
    await eventually(() => {
      expect(ann.frames).toMatchObject([{ type: 'ok', request_id: 'r-1', id: 'c-1', status: 'pending' }]);
    });

    await using bob = await connect(mediator, 'bob');
    await eventually(() => {
      expect(deliveries(bob)).toMatchObject([{ id: 'c-1', kind: 'command', data: 'Ann', sender_id: 'ann' }]);
    });
    bob.send({ type: 'reply', id: 'c-1', result: 'Hello, Ann' });

    await eventually(async () => {
      const command = await mediator.get('/messages/c-1');
      expect(command).toMatchObject({ status: 'completed', result: 'Hello, Ann' });
    });
  });

  it('that closes leaves what it has not acked to its mailbox', async () => {
    await using mediator = await openMediator('message', 'ann', 'bob');
    for (const id of ['m-1', 'm-2']) {
      await mediator.post('/messages', { id, sender_id: 'ann', recipient_id: 'bob', message: id });
    }
    {
      await using bob = await connect(mediator, 'bob');
      await eventually(() => {
        expect(deliveries(bob).map(({ id }) => id)).toEqual(['m-1', 'm-2']);
      });
      bob.send({ type: 'ack', request_id: 'r-1', id: 'm-1' });
      await eventually(() => {
        expect(ofType(bob, 'ok')).toMatchObject([{ request_id: 'r-1', status: 'acked' }]);
      });
    }

    expect(await mediator.take('bob')).toMatchObject([{ id: 'm-2', attempt: 2 }]);
  });

  it('stays connected though it sends what nobody understands', async () => {
    await using mediator = await openMediator('message', 'ann');
    await using ann = await connect(mediator, 'ann');

    for (const frame of [
      '{',
      '7',
      { type: 'dance', request_id: 'r-1' },
      { type: 'ack', request_id: 'r-2', id: 'no' },
    ]) {
      ann.send(frame);
    }
    ann.send({ type: 'heartbeat', request_id: 'r-3' });

    await eventually(() => {
      expect(ofType(ann, 'ok')).toMatchObject([{ request_id: 'r-3' }]);
    });
    expect(ofType(ann, 'error')).toMatchObject([
      { problem: { code: 'invalid' } },
      { problem: { code: 'invalid' } },
      { request_id: 'r-1', problem: { code: 'invalid' } },
      { request_id: 'r-2', problem: { code: 'not-found' } },
    ]);
  });
});

describe('who watches a mediator by WebSocket', () => {
  it('is told every fact once, in order, and nothing of others', async () => {
    await using mediator = await openMediator('message', 'ann');
    await using other = await openMediator('message', 'zoe');
    await using watcher = await openSocket(`${mediatorUrl}/ws?mediator=${mediator.name}`);

    await other.post('/messages', { sender_id: 'zoe', recipient_id: 'zoe', message: 1 });
    await mediator.post('/colleagues', { id: 'bob', name: 'Bob' });
    await mediator.post('/colleagues', { id: 'bob', name: 'Bob' });
    await mediator.post('/messages', { id: 'm-1', sender_id: 'ann', recipient_id: 'bob', message: 1 });
    await mediator.post('/broadcast', { id: 'm-2', sender_id: 'ann', message: 1 });
    await mediator.call('DELETE', '/colleagues/bob');

    await eventually(() => {
      expect(watcher.frames.map(({ type, data }) => [type, data])).toEqual([
        ['colleague_registered', expect.objectContaining({ colleague_id: 'bob' })],
        [
          'message_sent',
          expect.objectContaining({ message_id: 'm-1', sender_id: 'ann', recipient_id: 'bob' }),
        ],
        ['message_broadcasted', expect.objectContaining({ message_id: 'm-2', recipients: ['bob'] })],
        ['colleague_unregistered', expect.objectContaining({ colleague_id: 'bob' })],
      ]);
    });
    expect(new Set(watcher.frames.map((frame) => frame['mediator']))).toEqual(new Set([mediator.name]));
  });
});
