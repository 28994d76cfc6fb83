import type { CloudEvent } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openDatabase, type AppendRequest, type EventLog, type StreamName } from '@fanfare/storage';
import { describeOnEveryEventLog } from '@fanfare/storage/testing';
import { createLocalHub } from '../adapters/local-hub';
import { openMessageBus } from '../adapters/open-message-bus';
import type { Message, MessageBus } from '../bus/message-bus';
import { messageBusAdapters } from '../testing/adapters';
import { describeConsumerContract } from '../testing/consumer.contract';
import { created, messageOf } from '../testing/consumer/consumer-fixture';
import { logRecorders } from '../testing/consumer/consumer-kinds';
import {
  createRecorderFixture,
  toBody,
  untilDead,
  type RecorderFixture,
} from '../testing/consumer/recorder-fixture';
import { systemClock } from '../testing/messaging-fixture';

const [memory] = messageBusAdapters();

const away = new AppError('unavailable', 'the log is away');

/** An extension attribute that the catalogue lets pass and no CloudEvent may have. */
const badAttribute = { 'Bad-Name': 'x' };

const bad = created('o-1', 'bad');

const refusals = [
  {
    what: 'what is no CloudEvent',
    prepare: () => Promise.resolve(),
    event: { ...bad, ...badAttribute },
  },
  {
    what: 'an id that belongs to another event',
    prepare: (log: EventLog) => appendBefore(log, null, created('o-9', 'bad')),
    event: bad,
  },
  {
    what: 'an event of a stream of another type',
    prepare: (log: EventLog) => appendBefore(log, { id: 'o-1', type: 'payment' }, created('o-1', 'before')),
    event: bad,
  },
  {
    what: 'an event of a stream that was deleted for good',
    async prepare(log: EventLog) {
      await appendBefore(log, { id: 'o-1', type: 'order' }, created('o-1', 'before'));
      await log.deleteStream('o-1', { isFinal: true });
    },
    event: bad,
  },
];

async function appendBefore(log: EventLog, stream: StreamName | null, event: CloudEvent): Promise<void> {
  await log.append({ appends: [{ stream, expected: 'any', events: [{ ...event }] }] });
}

async function readIds(log: EventLog): Promise<readonly string[]> {
  const { events } = await log.read({ limit: 1_000 });
  return events.map(({ event }) => event.id);
}

function idsOf({ appends }: AppendRequest): readonly string[] {
  return appends.flatMap(({ events }) => events.map(({ id }) => id));
}

describeOnEveryEventLog('log recorder', (logs) => {
  if (!memory || 'missing' in memory.underTest) throw new Error('the memory bus needs nothing');
  const bus = memory.underTest;

  describe('as a consumer', () => {
    describeConsumerContract({
      openDatabase: () => openDatabase('sqlite::memory:'),
      bus,
      kind: logRecorders(() => logs.open()),
    });
  });

  describe('with its cursor in the log', () => {
    let fixture: RecorderFixture;
    const ownBuses: MessageBus[] = [];

    beforeEach(async () => {
      fixture = await createRecorderFixture(await logs.open(), bus);
    });
    afterEach(async () => {
      await fixture.close();
      for (const own of ownBuses.splice(0)) await own.close();
    });

    it('records the events of a transaction in their order, whichever streams they belong to', async () => {
      await fixture.start();

      await fixture.send(
        await fixture.commit(
          ...[created('o-1', 'a'), created('o-2', 'b'), created('o-1', 'c'), created('o-1', 'd')],
          created('o-2', 'e'),
        ),
      );

      await fixture.untilRecorded('a', 'b', 'c', 'd', 'e');
      const { events } = await fixture.log.read({ limit: 10 });
      expect(events.map(({ stream, version }) => [stream?.id, version])).toEqual([
        ['o-1', 0],
        ['o-2', 0],
        ['o-1', 1],
        ['o-1', 2],
        ['o-2', 1],
      ]);
    });

    it('moves its cursor in the append of the events: an answer that was lost is known when it asks', async () => {
      const { consumer } = await fixture.start();
      const requests: AppendRequest[] = [];
      fixture.onAppend = async (request) => {
        requests.push(request);
        const answer = await fixture.log.append(request);
        if (requests.length === 1) throw new AppError('unavailable', 'the answer was lost');
        return answer;
      };

      await fixture.send(await fixture.commit(created('o-1', 'a'), created('o-2', 'b')));
      await eventually(() => {
        expect(fixture.observer.waits).toHaveLength(1);
      });
      await fixture.send(await fixture.commit(created('o-1', 'c')));

      await fixture.untilRecorded('a', 'b', 'c');
      expect(requests.map(idsOf)).toEqual([['a', 'b'], ['c']]);
      expect(await consumer.positions()).toMatchObject([{ applied: 3, inFlight: 0 }]);
    });

    it.each(refusals)('makes a dead letter of $what, and records the others', async ({ prepare, event }) => {
      await prepare(fixture.log);
      const before = await readIds(fixture.log);
      const { consumer } = await fixture.start();

      await fixture.send(await fixture.commit(created('o-2', 'a'), event, created('o-3', 'c')));

      const [dead] = await untilDead(consumer);
      expect(dead).toMatchObject({ eventId: 'bad', sequence: 2, attempts: 1 });
      expect(dead?.reason).toMatch(/refused by the event log/);
      await fixture.untilRecorded(...before, 'a', 'c');
      expect(await consumer.positions()).toMatchObject([{ applied: 3, deadLetters: 1, parked: 0 }]);
    });

    it.each([
      { what: 'what is no event', body: Buffer.from('{}') },
      { what: 'what the log refuses', body: toBody({ ...bad, ...badAttribute }) },
    ])('keeps one dead letter of $what when it is killed before its cursor moves', async ({ body }) => {
      const killed = await fixture.start();
      fixture.onAppend = (request) =>
        request.appends.length === 0 ? Promise.reject(away) : fixture.log.append(request);
      const message = { ...(await fixture.commit(bad)), body };
      await fixture.send(message);
      await untilDead(killed.consumer);
      await killed.stop();
      fixture.onAppend = (request) => fixture.log.append(request);

      const { consumer } = await fixture.start();
      await fixture.send(message, await fixture.commit(created('o-1', 'next')));

      await fixture.untilRecorded('next');
      await untilDead(consumer);
      expect(await consumer.positions()).toMatchObject([{ applied: 2, deadLetters: 1 }]);
    });

    it('leaves alone a dead letter that another member has kept and an operator has dropped', async () => {
      const one = await startOnOwnBus();
      const other = await startOnOwnBus();
      const first = await fixture.commit(created('o-1', 'a'));
      for (const { send } of [one, other]) await send(first);
      await eventually(() => {
        expect(fixture.resultsOf('a')).toHaveLength(2);
      });

      const malformed = { ...(await fixture.commit(bad)), body: Buffer.from('{}') };
      await one.send(malformed);
      await untilDead(one.consumer);
      await eventually(async () => {
        expect(await one.consumer.positions()).toMatchObject([{ applied: 2 }]);
      });
      await one.consumer.parked.drop('all');
      await other.send(malformed, await fixture.commit(created('o-1', 'c')));

      await fixture.untilRecorded('a', 'c');
      expect(await other.consumer.positions()).toMatchObject([{ applied: 3, deadLetters: 0 }]);
    });

    it('records a dead letter once when it is redriven with another id, although the answer is lost', async () => {
      const { consumer } = await fixture.start();
      await fixture.send(
        await fixture.commit(created('o-1', 'a'), { ...created('o-1', 'b'), ...badAttribute }),
      );
      const [dead] = await untilDead(consumer);
      let isLost = false;
      fixture.onAppend = async (request) => {
        const answer = await fixture.log.append(request);
        if (isLost) return answer;
        isLost = true;
        throw away;
      };

      await consumer.parked.redrive({ id: dead?.id ?? '', body: toBody(created('o-1', 'mended')) });

      await eventually(async () => {
        expect(await consumer.parked.counts()).toEqual([]);
      });
      expect(isLost).toBe(true);
      await fixture.untilRecorded('a', 'mended');
    });

    it('keeps a dead letter that is refused again when it is redriven', async () => {
      const { consumer } = await fixture.start();
      await fixture.send(await fixture.commit({ ...bad, ...badAttribute }));
      await untilDead(consumer);

      await consumer.parked.redrive('all');

      await eventually(() => {
        expect(fixture.observer.failures.filter(({ isDead }) => isDead)).toHaveLength(2);
      });
      await untilDead(consumer);
    });

    it('records as lost once what the owner no longer keeps, although it is killed before its cursor moves', async () => {
      await fixture.commit(created('o-1', 'a'), created('o-2', 'b'));
      const topicLog = fixture.owner.queries.withTables<{ topic_log: { topic: string } }>();
      await topicLog.deleteFrom('topic_log').execute();
      let isKilled = false;
      fixture.onAppend = (request) => {
        if (isKilled) return fixture.log.append(request);
        isKilled = true;
        return Promise.reject(away);
      };
      const { consumer } = await fixture.start();

      await fixture.send(await fixture.commit(created('o-3', 'c')));

      await fixture.untilRecorded('c');
      expect(await consumer.positions()).toMatchObject([{ applied: 3, missing: [1, 2] }]);
    });

    it('records a foreign event once that comes again with a new one of its stream', async () => {
      await fixture.start();
      await fixture.send(messageOf([created('o-1', 'x')]), messageOf([created('o-1', 'y')]));
      await fixture.untilRecorded('x', 'y');

      await fixture.send(messageOf([created('o-1', 'x'), created('o-1', 'z')]));

      await fixture.untilRecorded('x', 'y', 'z');
      expect(fixture.resultsOf('x')).toEqual(['applied', 'duplicate']);
    });

    async function startOnOwnBus() {
      const hub = createLocalHub({ clock: systemClock });
      const own = await openMessageBus('memory:', { hub, clock: systemClock });
      ownBuses.push(own);
      const { consumer } = await fixture.start({ bus: own });
      return {
        consumer,
        send: (...messages: readonly Message[]) =>
          own.publish({ topic: fixture.topic, partitions: 1 }, messages),
      };
    }
  });
});
