import { EventEmitter } from 'node:events';
import { MongoClient } from 'mongodb';
import { watchPool, withPoolOf } from './pool-state';

describe('the pool of MongoDB', () => {
  it('has connections in use, idle ones, and callers that wait for one', () => {
    const client = new EventEmitter();
    const state = watchPool(client as unknown as MongoClient);
    const tell = (...names: string[]) => names.map((name) => client.emit(name));

    tell('connectionCheckOutStarted', 'connectionCheckOutStarted', 'connectionCheckOutStarted');
    expect(state()).toEqual({ used: 0, idle: 0, waiting: 3 });

    tell('connectionCreated', 'connectionCheckedOut', 'connectionCreated', 'connectionCheckedOut');
    expect(state()).toEqual({ used: 2, idle: 0, waiting: 1 });

    tell('connectionCheckedIn', 'connectionCheckOutFailed');
    expect(state()).toEqual({ used: 1, idle: 1, waiting: 0 });

    tell('connectionCheckedIn', 'connectionClosed', 'connectionClosed');
    expect(state()).toEqual({ used: 0, idle: 0, waiting: 0 });
  });

  it('has the size and the longest wait that the URL sets', () => {
    const sizeAt = (url: string) => {
      const { maxPoolSize, waitQueueTimeoutMS } = new MongoClient(url, withPoolOf(url, { maxPoolSize: 16 }))
        .options;
      return { maxPoolSize, waitQueueTimeoutMS };
    };

    expect(sizeAt('mongodb://host/log')).toEqual({ maxPoolSize: 16, waitQueueTimeoutMS: 0 });
    expect(sizeAt('mongodb://host/log?maxPoolSize=3&waitQueueTimeoutMS=500')).toEqual({
      maxPoolSize: 3,
      waitQueueTimeoutMS: 500,
    });
  });
});
