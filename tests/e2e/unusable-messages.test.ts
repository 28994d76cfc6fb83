import { randomUUID } from 'node:crypto';
import { dropLetter } from './support/dead-letters';
import { untilOrdersFlow } from './support/flow';
import {
  describeOnBroker,
  foreignCancellation,
  openForeignProducer,
  type ForeignProducer,
} from './support/foreign-producer';
import { sendUnusable } from './support/unusable-messages';

const marker = randomUUID();
const mebibyte = 1024 * 1024;
const broken = (changes: Readonly<Record<string, unknown>>) =>
  JSON.stringify(foreignCancellation(`order-${marker}`, changes));

/** What nobody can use, and what is said about it. */
const unusable: readonly (readonly [what: string, message: string | Buffer, reason: RegExp])[] = [
  ['text that is not JSON', `no JSON ${marker}`, /not JSON/],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, ...Buffer.from(marker)]), /not JSON/],
  ['no bytes at all', '', /not JSON/],
  ['an empty object', '{}', /not a valid event.*specversion.*id.*source.*type/],
  ['null', 'null', /not a valid event/],
  [
    'the event of the system before this one',
    broken({ specversion: undefined, event_type: 'OrderCreated' }),
    /specversion/,
  ],
  [
    'an event of a type that nobody knows',
    broken({ type: 'com.example.tea.spilled.v1' }),
    /unknown event type/,
  ],
  ['an event without an id', broken({ id: undefined }), /id: /],
  ['an event of another version of the specification', broken({ specversion: '0.3' }), /specversion: /],
  ['an event without data', broken({ data: undefined }), /not a valid event/],
  ['an event whose data breaks its schema', broken({ data: { order_id: 7 } }), /not a valid event/],
  ['1 MiB of what is not JSON', Buffer.alloc(mebibyte, marker), /not JSON/],
  ['1 MiB of an event that breaks its schema', broken({ data: 'x'.repeat(mebibyte) }), /not a valid event/],
];

describeOnBroker('a message on topic orders that nobody can use', () => {
  let producer: ForeignProducer;

  beforeAll(async () => {
    producer = await openForeignProducer();
  });
  afterAll(() => producer.close());

  it.each(unusable)(
    'is a dead letter of each group at once, with bytes and reason: %s',
    async (_, message, reason) => {
      const givenUp = await sendUnusable(producer, message);

      for (const { group, url, letter } of givenUp) {
        expect(letter).toMatchObject({
          group,
          topic: 'orders',
          state: 'dead',
          attempts: 1,
          next_attempt_at: null,
        });
        expect(letter.reason).toMatch(reason);
        await dropLetter(url, letter.id);
      }
    },
  );

  it('does not hold up the orders that come after it', async () => {
    const messages = Array.from({ length: 20 }, (_, index) => `in the way ${marker} ${index}`);
    const sending = sendUnusable(producer, ...messages);

    await untilOrdersFlow();

    for (const { url, letter } of await sending) await dropLetter(url, letter.id);
    await untilOrdersFlow();
  });
});
