import { jobFailed, jobFailedV1, orderCreated } from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { itWhen } from '@fanfare/storage/testing';
import {
  created,
  createConsumerFixture,
  type ConsumerFixture,
  type ConsumerUnderTest,
} from './consumer/consumer-fixture';
import { describeDeadLetters } from './consumer/dead-letters.contract';
import { describeReading } from './consumer/reading.contract';
import { describeRetries } from './consumer/retries.contract';
import { orderCancelledEvent } from './messaging-fixture';

/** What the pipeline promises above every bus and on every database: the same rules for retries and dead letters. */
export function describeConsumerContract(underTest: ConsumerUnderTest): void {
  let fixture: ConsumerFixture;

  beforeEach(async () => {
    fixture = await createConsumerFixture(underTest);
  });
  afterEach(() => fixture.close());

  describeReading(() => fixture);
  describeDeadLetters(() => fixture);
  describeRetries(() => fixture);

  itWhen(underTest.kind.handlesSome)('passes over events that it does not handle', async () => {
    await fixture.start({ handled: [orderCreated] });
    const cancelled = orderCancelledEvent('o-1');

    await fixture.send(await fixture.commit(created('o-1', 'a'), cancelled, created('o-2', 'b')));

    await fixture.untilApplied('a', 'b');
    expect(fixture.resultsOf(cancelled.id)).toEqual(['ignored']);
  });

  itWhen(underTest.kind.handlesSome)('hands over an event of an old version in the newest', async () => {
    await fixture.start({ handled: [jobFailed] });
    const types: string[] = [];
    fixture.beforeEffect = ({ type }) => void types.push(type);

    await fixture.send(
      await fixture.commit({ ...sampleOf(jobFailedV1), id: 'old' }, { ...sampleOf(jobFailed), id: 'new' }),
    );

    await fixture.untilApplied('old', 'new');
    expect(types).toEqual([jobFailed.type, jobFailed.type]);
  });

  itWhen(underTest.kind.handlesSome)(
    'cannot be made for a version that is lifted to a newer one',
    async () => {
      await expect(fixture.start({ handled: [jobFailedV1] })).rejects.toThrow(`read as ${jobFailed.type}`);
    },
  );
}
