import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { notificationOf } from '../../test/support/notifications';
import { orderCreatedEvent } from '../../test/support/order-events';
import { startMailReceiver } from '../../test/support/receivers';
import { createSmtpChannel } from './smtp-channel';

const running = new AbortController().signal;

/** A mail server that replies when it is told to, and a batch on its way to it. */
async function sendToSlowServer() {
  const clock = createVirtualClock();
  let held: (() => void)[] = [];
  const server = await startMailReceiver({
    beforeReply: () => new Promise((resolve) => held.push(resolve)),
  });
  const channel = createSmtpChannel(
    {
      url: `smtp://127.0.0.1:${server.port}`,
      from: 'shop@fanfare.example',
      to: '{customer_id}@customers.example',
      timeoutMs: 5_000,
    },
    clock,
  );
  const batch = Array.from({ length: channel.batchSize }, (_, index) =>
    notificationOf(orderCreatedEvent(`order-${index}`)),
  );
  const outcomes = channel.send(batch, running);
  return {
    clock,
    server,
    outcomes,
    untilHeld: (count: number) =>
      eventually(() => {
        expect(held).toHaveLength(count);
      }),
    reply() {
      for (const resolve of held) resolve();
      held = [];
    },
    async [Symbol.asyncDispose]() {
      await channel.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('the smtp channel, while its server is slow', () => {
  it('gives up a mail that was not taken within three timeouts, and the server never gets the rest of it', async () => {
    await using test = await sendToSlowServer();
    await test.untilHeld(5);

    await test.clock.advance(15_000);

    const outcomes = await test.outcomes;
    expect(outcomes.slice(0, 5)).toEqual(
      Array.from({ length: 5 }, () => ({ kind: 'unavailable', reason: 'not taken within 15000 ms' })),
    );
    expect(outcomes.slice(5)).toEqual(Array.from({ length: 10 }, () => ({ kind: 'untried' })));
    test.reply();
    await test.server[Symbol.asyncDispose]();
    expect(test.server.mails).toEqual([]);
  });

  it('begins no mail that may not be sent before others may claim it', async () => {
    await using test = await sendToSlowServer();
    await test.untilHeld(5);
    test.reply();
    await test.untilHeld(5);
    await test.clock.advance(5_001);

    test.reply();

    const kinds = (await test.outcomes).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'sent')).toHaveLength(10);
    expect(kinds.filter((kind) => kind === 'untried')).toHaveLength(5);
    expect(test.server.mails).toHaveLength(10);
  });
});
