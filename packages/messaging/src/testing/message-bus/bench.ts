import { randomUUID } from 'node:crypto';
import type {
  DeliveryHandler,
  Message,
  MessageBus,
  SubscribeOptions,
  Subscription,
} from '../../bus/message-bus';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import type { MessageBusCapabilities, MessageBusUnderTest } from '../message-bus-under-test';

/** What a member joins when a test does not say: partition 0 of the test's topic, in the group `analytics`. */
export interface JoinOptions extends Partial<SubscribeOptions> {
  /** How many members the group has with this one. */
  readonly members?: number;
}

/** What each test of the contract works with: a topic of its own, and buses that are closed after it. */
export interface MessageBusBench {
  readonly capabilities: MessageBusCapabilities;
  readonly topic: string;
  /** The bus that publishes, and that members join which need none of their own. */
  readonly bus: MessageBus;
  open(observer?: MessageBusObserver): Promise<MessageBus>;
  /** Closes every bus; `bus` is then one as a new process would open it. */
  reopen(): Promise<void>;
  publish(messages: readonly Message[]): Promise<void>;
  /** Subscribes and waits until the broker knows the member. */
  join(bus: MessageBus, handle: DeliveryHandler, options?: JoinOptions): Promise<Subscription>;
}

/** The groups that tests use, and the most partitions: what there is to clean up. */
const groups = ['analytics', 'notifications'];
export const partitions = 4;

export function useMessageBusBench(underTest: MessageBusUnderTest): MessageBusBench {
  let topic: string;
  let bus: MessageBus;
  let buses: MessageBus[] = [];

  async function own(opening: Promise<MessageBus>): Promise<MessageBus> {
    const opened = await opening;
    buses.push(opened);
    return opened;
  }

  async function closeAll(): Promise<void> {
    await Promise.all(buses.map((each) => each.close()));
    buses = [];
  }

  beforeEach(async () => {
    topic = `test-${randomUUID()}`;
    bus = await own(underTest.open());
  });

  afterEach(async () => {
    await closeAll();
    await underTest.removeTopic(topic, groups, partitions);
  });

  return {
    capabilities: underTest.capabilities,
    get topic() {
      return topic;
    },
    get bus() {
      return bus;
    },
    open: (observer) => own(underTest.open(observer)),
    async reopen() {
      await closeAll();
      bus = await own(underTest.reopen());
    },
    publish: (messages) => bus.publish({ topic, partitions }, messages),
    async join(member, handle, { members = 1, ...options } = {}) {
      const target = { topic, group: 'analytics', partitions: 1, ...options };
      const subscription = await member.subscribe(target, handle);
      await underTest.membersJoined({ ...target, members });
      return subscription;
    },
  };
}
