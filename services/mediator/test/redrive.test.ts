import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

const clock = createVirtualClock();

describe('messages that are dead, or not delivered yet', () => {
  let service: MediatorForTest;
  let a: ActingColleague;
  let b: ActingColleague;
  let c: ActingColleague;

  beforeEach(async () => {
    service = await hostMediator({}, { clock });
    await service.begin({ name: 'm' }, 'a', 'b', 'c');
    [a, b, c] = [actAs(service, 'm', 'a'), actAs(service, 'm', 'b'), actAs(service, 'm', 'c')];
  });
  afterEach(() => service.stop());

  const hello = { id: 'm-1', recipient_id: 'b', message: 'Hello', retry: { max_attempts: 1 } };
  const act = (verb: 'redrive' | 'cancel', id = 'm-1') => service.post(`/mediators/m/messages/${id}/${verb}`);
  const none = 'wait_ms=0';

  describe('redrive', () => {
    it('delivers a dead letter again with fresh tries, once however often it is asked', async () => {
      await a.send(hello);
      await b.take();
      await b.nack('m-1', { error: { code: 'broken' } });
      expect((await service.get('/mediators/m/messages?receipt=dead')).body).toMatchObject({
        messages: [
          { id: 'm-1', status: 'failed', error: { code: 'broken' }, receipts: [{ status: 'dead' }] },
        ],
      });

      const first = await act('redrive');
      const second = await act('redrive');

      const open = {
        status: 'pending',
        error: null,
        receipts: [{ recipient_id: 'b', status: 'pending', attempts: 1 }],
      };
      for (const answer of [first, second]) expect(answer).toMatchObject({ status: 200, body: open });
      expect(await b.poll(none)).toMatchObject([{ id: 'm-1', attempt: 2 }]);
      await b.ack('m-1');
      expect((await service.get('/mediators/m/messages/m-1')).body).toMatchObject({
        status: 'completed',
        receipts: [{ status: 'acked', error: null }],
      });
      expect((await service.get('/mediators/m/messages?receipt=dead')).body).toMatchObject({ messages: [] });
      expect(expectProblem(await act('redrive'), 409)).toMatchObject({ code: 'illegal-transition' });
    });

    it('gives a message all its tries again', async () => {
      const failNext = async () => {
        await eventually(async () => {
          await clock.advance(1_000);
          expect(await b.poll(none)).toMatchObject([{ id: 'm-1' }]);
        });
        return (await b.nack('m-1')).body;
      };
      await a.send({ ...hello, retry: { max_attempts: 2 } });
      expect([await failNext(), await failNext()]).toMatchObject([{ status: 'pending' }, { status: 'dead' }]);

      await act('redrive');

      expect([await failNext(), await failNext()]).toMatchObject([{ status: 'pending' }, { status: 'dead' }]);
    });

    it('reaches only those for whom a broadcast is dead', async () => {
      await a.broadcast({ id: 'm-1', message: 'Hello', retry: { max_attempts: 1 } });
      await b.take();
      await b.ack('m-1');
      await c.take();
      await c.nack('m-1');

      await act('redrive');

      expect(await b.poll(none)).toEqual([]);
      expect(await c.poll(none)).toMatchObject([{ id: 'm-1', attempt: 2 }]);
    });

    it('gives a command as much time for its answer as it had', async () => {
      await service.begin({ name: 'commands', kind: 'command' }, { id: 'x', name: 'x', handles: ['do'] });
      const x = actAs(service, 'commands', 'x');
      const retry = { max_attempts: 1 };
      const body = { id: 'c-1', message: { type: 'do' }, retry, timeout_ms: 10_000, wait_ms: 0 };
      await x.send(body);
      await x.take();
      await x.nack('c-1');
      expect(await x.send(body)).toMatchObject({ status: 200, body: { status: 'failed' } });
      await clock.advance(60_000);

      await service.post('/mediators/commands/messages/c-1/redrive');

      const deadline = new Date(clock.now().getTime() + 10_000).toISOString();
      expect(await x.poll(none)).toMatchObject([{ id: 'c-1', deadline }]);
      await x.reply('c-1', { result: 'done' });
      expect(await x.send(body)).toMatchObject({
        status: 200,
        body: { status: 'completed', result: 'done' },
      });
    });

    it('leaves dead what is for nobody any more, until that colleague is registered again', async () => {
      await a.send(hello);
      await a.broadcast({ id: 'm-2', message: 'Hello', retry: { max_attempts: 1 } });
      await c.take();
      await c.nack('m-2');
      await service.delete('/mediators/m/colleagues/b');

      expect(expectProblem(await act('redrive'), 404)).toMatchObject({ code: 'recipient-not-found' });
      for (const answer of [await act('redrive', 'm-2'), await act('redrive', 'm-2')]) {
        expect(answer).toMatchObject({
          status: 200,
          body: {
            status: 'pending',
            receipts: [
              { recipient_id: 'b', status: 'dead' },
              { recipient_id: 'c', status: 'pending' },
            ],
          },
        });
      }
      await service.post('/mediators/m/colleagues', { id: 'b', name: 'b' });
      await act('redrive');
      expect(await b.poll(none)).toMatchObject([{ id: 'm-1' }]);
    });

    it('does not bring back what was good for a time that is over', async () => {
      await a.send({ ...hello, ttl_ms: 1_000 });
      await b.take();
      await b.nack('m-1');
      await clock.advance(1_000);

      expect(expectProblem(await act('redrive'), 409)).toMatchObject({ code: 'illegal-transition' });
    });
  });

  describe('cancel', () => {
    it('takes back what is not delivered yet, once however often it is asked', async () => {
      await a.send(hello);

      for (const answer of [await act('cancel'), await act('cancel')]) {
        expect(answer).toMatchObject({
          status: 200,
          body: { status: 'cancelled', receipts: [{ status: 'cancelled' }] },
        });
      }
      expect(await b.poll(none)).toEqual([]);
    });

    it('keeps a scheduled message from ever being delivered', async () => {
      await a.send({ ...hello, deliver_at: new Date(clock.now().getTime() + 60_000).toISOString() });
      await a.send({
        ...hello,
        id: 'm-2',
        deliver_at: new Date(clock.now().getTime() + 61_000).toISOString(),
      });
      expect(await service.get('/mediators/m/messages/m-1')).toMatchObject({ body: { status: 'scheduled' } });

      expect(await act('cancel')).toMatchObject({ body: { status: 'cancelled' } });

      await eventually(async () => {
        await clock.advance(30_000);
        expect(await b.poll(none)).toMatchObject([{ id: 'm-2' }]);
      });
    });

    it('leaves with their recipients what they have in hand', async () => {
      await a.broadcast({ id: 'm-1', message: 'Hello' });
      await b.take();

      expect(await act('cancel')).toMatchObject({
        status: 200,
        body: {
          status: 'pending',
          receipts: [
            { recipient_id: 'b', status: 'delivered' },
            { recipient_id: 'c', status: 'cancelled' },
          ],
        },
      });
      expect(await b.ack('m-1')).toMatchObject({ status: 200 });
    });

    it('drops what is dead', async () => {
      await a.send(hello);
      await b.take();
      await b.nack('m-1');

      expect(await act('cancel')).toMatchObject({
        status: 200,
        body: { receipts: [{ status: 'cancelled' }] },
      });
      expect((await service.get('/mediators/m/messages?receipt=dead')).body).toMatchObject({ messages: [] });
      expect(expectProblem(await act('redrive'), 409)).toMatchObject({ code: 'illegal-transition' });
    });

    it('is refused when all have it', async () => {
      await a.send(hello);
      await b.take();
      expectProblem(await act('cancel'), 409);
      await b.ack('m-1');

      expect(expectProblem(await act('cancel'), 409)).toMatchObject({ code: 'illegal-transition' });
    });
  });

  it.each(['redrive', 'cancel'] as const)('%s is of a message that is there', async (verb) => {
    expect(expectProblem(await act(verb, 'none'), 404)).toMatchObject({ code: 'not-found' });
  });
});
