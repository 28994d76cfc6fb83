import { describeAdapter, messageBusAdapters } from './testing/adapters';
import { describeMessageBusContract } from './testing/message-bus.contract';

for (const { name, underTest } of messageBusAdapters()) {
  describeAdapter(`MessageBus on ${name}`, underTest, (given) => {
    describeMessageBusContract(name, given);
  });
}
