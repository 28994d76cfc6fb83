import { createVirtualClock } from '@fanfare/core';
import { createSuspendableClock, eventually } from '@fanfare/core/testing';
import { connectClient } from '../src/live/testing/ws-client';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, type LogInFile } from './log-in-file';
import { openReceiver, type TestReceiver } from './support/open-receiver';

describe('observers of a store that is run again, or several times', () => {
  let files: LogInFile;
  let receiver: TestReceiver;

  beforeEach(async () => {
    files = await createLogInFile();
    receiver = await openReceiver();
  });
  afterEach(async () => {
    await receiver.close();
    await files[Symbol.asyncDispose]();
  });

  const event = (id: string) => ({ id, type: 'user.created', data: {}, subject: 'same' });
  const observer = (parts: object = {}) => ({
    id: 'billing',
    event_types: ['*'],
    endpoint: receiver.url,
    timeout_ms: 300_000,
    ...parts,
  });

  it('go on where they were: what failed, what was given up, and an open circuit breaker', async () => {
    receiver.answer(() => 503);
    const retry = { max_attempts: 3, delay_ms: 60_000 };
    const first = await hostEventStore(files.env);
    await first.post('/observers', observer({ breaker: { failures: 1, open_ms: 3_600_000 }, retry }));
    await first.post('/observers', observer({ id: 'given-up', retry: { max_attempts: 1 } }));
    await first.post('/events', event('e-1'));
    const seen = await eventually(async () => {
      const { body } = await first.get('/observers/billing');
      expect(body).toMatchObject({ waiting: 1, blocked_reason: 'breaker_open' });
      const letters = await first.get('/dead-letters');
      expect(letters.body).toMatchObject({ dead_letters: [{ event: { id: 'e-1' } }] });
      return letters.body;
    });
    await first.stop();

    await using second = await hostEventStore(files.env);
    expect((await second.get('/dead-letters')).body).toEqual(seen);
    expect((await second.get('/circuit-breaker/status')).body).toMatchObject({
      observers: { billing: { state: 'open', failure_count: 1 } },
    });
    receiver.answer(() => 204);
    await second.post('/events', event('e-2'));
    await second.post('/circuit-breaker/reset', { observer_id: 'billing' });

    await eventually(async () => {
      expect((await second.get('/observers/billing')).body).toMatchObject({ cursor: 2, waiting: 0 });
    });
  });

  it('are each served by one instance, and by another at their cursor while that is suspended', async () => {
    const clock = createVirtualClock();
    const suspendable = createSuspendableClock(clock);
    await using suspended = await hostEventStore(files.env, { clock: suspendable });
    await suspended.post('/observers', observer());
    await suspended.post('/events', event('e-1'));
    await eventually(() => {
      expect(receiver.ids()).toEqual(['e-1']);
    });

    suspendable.suspend();
    await using other = await hostEventStore(files.env, { clock });
    await other.post('/events', event('e-2'));
    await clock.advance(14_000);
    expect(receiver.ids()).toEqual(['e-1']);
    await eventually(async () => {
      await clock.advance(1_000);
      expect(receiver.ids()).toEqual(['e-1', 'e-2']);
    });

    suspendable.resume();
    await suspended.post('/events', event('e-3'));
    await eventually(async () => {
      await clock.advance(1_000);
      expect((await other.get('/observers/billing')).body).toMatchObject({ cursor: 3 });
    });
    expect(receiver.ids()).toEqual(['e-1', 'e-2', 'e-3']);
  });

  it('are shared out when another instance comes, and none is left out when it goes', async () => {
    const served = async (store: EventStoreForTest) =>
      /^observers_served (\d+)$/m.exec(String((await store.request('/metrics')).body))?.[1];
    await using first = await hostEventStore(files.env);
    for (const id of ['a', 'b', 'c', 'd']) await first.post('/observers', observer({ id }));
    await eventually(async () => {
      expect(await served(first)).toBe('4');
    });

    const second = await hostEventStore(files.env);
    await eventually(async () => {
      expect([await served(first), await served(second)]).toEqual(['2', '2']);
    });
    await second.stop();

    await eventually(async () => {
      expect(await served(first)).toBe('4');
    });
  });

  it('that publishers wait for are waited for whichever instance serves them', async () => {
    await using serving = await hostEventStore(files.env);
    await serving.post('/observers', observer({ async: false }));
    await serving.post('/events', event('e-1'));
    await using other = await hostEventStore(files.env);

    const { body } = await eventually(async () => {
      const answer = await other.post('/events', event(`e-${receiver.requests.length + 1}`));
      expect(answer.body).toHaveProperty('results');
      return answer;
    });

    expect(body).toMatchObject({ results: [{ observer_id: 'billing', ok: true }] });
  });

  it('are known on every instance as soon as they are made on one', async () => {
    await using making = await hostEventStore(files.env);
    await using other = await hostEventStore(files.env);
    await other.post('/events', event('e-0'));

    for (const n of [1, 2, 3]) {
      const id = `observer-${n}`;
      await making.post('/observers', observer({ id, async: false, event_types: [`thing.${n}`] }));
      const { body } = await other.post('/events', { ...event(`e-${n}`), type: `thing.${n}` });
      expect(body).toMatchObject({ results: [{ observer_id: id, ok: true }] });
    }
  });

  it('that fail are told of once to who watches, on whichever instance', async () => {
    const clock = createVirtualClock();
    await using serving = await hostEventStore(files.env, { clock });
    await serving.post('/observers', observer({ retry: { max_attempts: 1 } }));
    await using other = await hostEventStore(files.env, { clock });
    const clients = await Promise.all([serving, other].map(({ url }) => connectClient(url)));
    const failures = () =>
      clients.map(({ frames }) =>
        frames.filter(({ type }) => type === 'event.failed').map((frame) => frame['event_id']),
      );
    receiver.answer(() => 400);

    for (const told of [['e-1'], ['e-1', 'e-2']]) {
      await other.post('/events', event(told.at(-1) ?? ''));
      await eventually(async () => {
        await clock.advance(1_000);
        expect(failures()).toEqual([told, told]);
      });
    }
    await clock.advance(3_000);

    expect(failures()).toEqual([
      ['e-1', 'e-2'],
      ['e-1', 'e-2'],
    ]);
    for (const { socket } of clients) socket.terminate();
  });
});
