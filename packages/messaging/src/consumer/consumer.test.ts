import { openDatabase } from '@fanfare/storage';
import { describeAdapter, describeOnEveryDatabase } from '@fanfare/storage/testing';
import { messageBusAdapters } from '../testing/adapters';
import { describeConsumerContract } from '../testing/consumer.contract';
import { databaseConsumers } from '../testing/consumer/consumer-kinds';

const [memory, ...realBuses] = messageBusAdapters();

describeOnEveryDatabase('consumer on the memory bus', (open) => {
  if (!memory || 'missing' in memory.underTest) throw new Error('the memory bus needs nothing');
  describeConsumerContract({ openDatabase: open, bus: memory.underTest, kind: databaseConsumers });
});

describe.each(realBuses)('consumer on $name and SQLite', (adapter) => {
  describeAdapter(adapter, (bus) => {
    describeConsumerContract({
      openDatabase: () => openDatabase('sqlite::memory:'),
      bus,
      kind: databaseConsumers,
    });
  });
});
