import type { MongoClient, MongoClientOptions } from 'mongodb';
import type { PoolState } from '../../database';

/** Counts the connections of a client by what the driver tells of its pools (one for each server). */
export function watchPool(client: Pick<MongoClient, 'on'>): () => PoolState {
  let open = 0;
  let used = 0;
  let waiting = 0;
  client.on('connectionCreated', () => (open += 1));
  client.on('connectionClosed', () => (open -= 1));
  client.on('connectionCheckOutStarted', () => (waiting += 1));
  client.on('connectionCheckOutFailed', () => (waiting -= 1));
  client.on('connectionCheckedOut', () => {
    waiting -= 1;
    used += 1;
  });
  client.on('connectionCheckedIn', () => (used -= 1));
  return () => ({ used, idle: Math.max(open - used, 0), waiting });
}

/** The options without the size of the pool where the URL sets it: to the driver, options are more than a URL. */
export function withPoolOf(url: string, { maxPoolSize, ...options }: MongoClientOptions): MongoClientOptions {
  const isSet = /[?&]maxPoolSize=/i.test(url);
  return isSet || maxPoolSize === undefined ? options : { ...options, maxPoolSize };
}
