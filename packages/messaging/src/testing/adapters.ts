import { createSystemClock } from '@fanfare/core';
import { createLocalHub } from '../local-hub';
import { openMessageBus } from '../open-message-bus';
import type { MessageBusUnderTest } from './message-bus-under-test';
import { rabbitMqMembersJoined, removeRabbitMqTopic } from './rabbitmq-broker';

/** An adapter of the message bus, and why it cannot be tested here, if so. */
export interface MessageBusAdapter {
  readonly name: string;
  readonly underTest: MessageBusUnderTest | { readonly missing: string };
}

/** Every adapter of the port. Real ones are tested where a `TEST_…_URL` names a server. */
export function messageBusAdapters(
  environment: NodeJS.ProcessEnv = process.env,
): readonly MessageBusAdapter[] {
  const rabbitMqUrl = environment['TEST_RABBITMQ_URL'];
  return [
    { name: 'memory', underTest: memoryBus() },
    {
      name: 'RabbitMQ',
      underTest: rabbitMqUrl ? rabbitMqBus(rabbitMqUrl) : { missing: 'TEST_RABBITMQ_URL is not set' },
    },
  ];
}

/**
 * Runs `describeTests` for an adapter, or shows as skipped why not.
 * With REQUIRE_ADAPTERS=all, as in CI, an adapter that cannot be tested is a failure.
 */
export function describeAdapter<T extends object>(
  name: string,
  underTest: T | { readonly missing: string },
  describeTests: (underTest: T) => void,
): void {
  if (!('missing' in underTest)) {
    describeTests(underTest);
    return;
  }
  const { missing } = underTest;
  const declare = process.env['REQUIRE_ADAPTERS'] === 'all' ? it : it.skip;
  declare(`${name} is tested (${missing})`, () => {
    throw new Error(missing);
  });
}

function memoryBus(): MessageBusUnderTest {
  const clock = createSystemClock();
  let hub = createLocalHub({ clock });
  return {
    capabilities: {
      durable: { missing: 'what memory holds ends with the process; groups catch up from the feed' },
    },
    open: (observer) => openMessageBus('memory:', { hub, clock, ...(observer && { observer }) }),
    reopen() {
      hub = createLocalHub({ clock });
      return openMessageBus('memory:', { hub, clock });
    },
    membersJoined: () => Promise.resolve(),
    removeTopic: () => Promise.resolve(),
  };
}

function rabbitMqBus(url: string): MessageBusUnderTest {
  const clock = createSystemClock();
  const hub = createLocalHub({ clock });
  return {
    capabilities: { durable: true },
    open: (observer) => openMessageBus(url, { hub, clock, ...(observer && { observer }) }),
    reopen: () => openMessageBus(url, { hub, clock }),
    membersJoined: (expected) => rabbitMqMembersJoined(url, expected),
    removeTopic: (topic, groups, partitions) => removeRabbitMqTopic(url, topic, groups, partitions),
  };
}
