import type { Capability } from '@fanfare/storage/testing';
import type { MessageBus } from '../bus/message-bus';
import type { MessageBusObserver } from '../bus/message-bus-observer';

export interface MessageBusCapabilities {
  /** Messages of a group outlive the processes that use the bus. */
  readonly durable: Capability;
  /** The observer hears of messages that no group was there to receive. */
  readonly unrouted: Capability;
}

/** Where a group's members are expected. */
export interface ExpectedMembers {
  readonly topic: string;
  readonly group: string;
  readonly partitions: number;
  readonly members: number;
}

/** What the contract suite needs to know of an adapter. */
export interface MessageBusUnderTest {
  readonly capabilities: MessageBusCapabilities;
  /** One more bus on the same broker, as another service or another instance would open it. */
  open(observer?: MessageBusObserver): Promise<MessageBus>;
  /** A bus as it is opened after every process that used the broker has ended. */
  reopen(): Promise<MessageBus>;
  /** Resolves when the broker knows that many members in each partition: subscribing does not wait for that. */
  membersJoined(expected: ExpectedMembers): Promise<void>;
  /** Removes from the broker what the tests of this topic left behind. */
  removeTopic(topic: string, groups: readonly string[], partitions: number): Promise<void>;
}
