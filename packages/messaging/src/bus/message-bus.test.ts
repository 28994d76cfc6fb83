import { describeAdapter } from '@fanfare/storage/testing';
import { messageBusAdapters } from '../testing/adapters';
import { describeMessageBusContract } from '../testing/message-bus.contract';

describe.each(messageBusAdapters())('MessageBus on $name', (adapter) => {
  describeAdapter(adapter, describeMessageBusContract);
});
