import type { Clock, Timer } from '@fanfare/core';
import { openExchangePublisher, openRecordProducer, type MessagingObserver } from '@fanfare/messaging';
import type { BrokerEndpoint } from '../../observers/broker-endpoint';
import { findBrokerProblem, type ObserverBrokers } from '../../observers/observer-brokers';
import { createAmqpDestination } from './amqp-destination';
import type { Destination } from './destination';
import { createKafkaDestination } from './kafka-destination';

/** The places at brokers to which observers have their events sent. */
export interface Destinations {
  /** Why nothing can be sent there; null when something can. */
  readonly findProblem: (endpoint: BrokerEndpoint) => string | null;
  /** The place that an endpoint names, without waiting for its broker. Whoever borrows it closes it; others may have it, too. */
  readonly borrow: (endpoint: BrokerEndpoint) => Destination;
  /** Closes all. Idempotent. */
  close(): Promise<void>;
}

export type OpenDestination = (url: string, endpoint: BrokerEndpoint) => Destination;

export interface DestinationsOptions {
  readonly brokers: ObserverBrokers;
  readonly clock: Clock;
  readonly open: OpenDestination;
}

interface Shared {
  readonly destination: Destination;
  users: number;
  idle?: Timer;
}

/** A connection that nobody needs is kept for so long: replays borrow it anew for each event. */
const idleMs = 30_000;

/** Each place has a connection of its own, so that one which the broker refuses disturbs no other. */
export function createDestinations({ brokers, clock, open }: DestinationsOptions): Destinations {
  const places = new Map<string, Shared>();
  const closings = new Set<Promise<void>>();
  const findProblem = (endpoint: BrokerEndpoint) => findBrokerProblem(endpoint, brokers);

  function share(endpoint: BrokerEndpoint): Shared {
    const key = JSON.stringify(endpoint);
    const known = places.get(key);
    if (known) return known;
    const url = brokers.get(endpoint.broker);
    const destination = url === undefined ? nowhere(findProblem(endpoint)) : open(url, endpoint);
    const place = { destination, users: 0 };
    places.set(key, place);
    return place;
  }

  function closeIdle(endpoint: BrokerEndpoint, { destination }: Shared): void {
    places.delete(JSON.stringify(endpoint));
    const closing = destination.close().finally(() => closings.delete(closing));
    closings.add(closing);
  }

  return {
    findProblem,
    borrow(endpoint) {
      const place = share(endpoint);
      place.users += 1;
      place.idle?.cancel();
      let isBorrowed = true;
      return {
        put: (events) => place.destination.put(events),
        close() {
          if (isBorrowed) place.users -= 1;
          if (isBorrowed && place.users === 0) {
            place.idle = clock.setTimer(idleMs, () => {
              closeIdle(endpoint, place);
            });
          }
          isBorrowed = false;
          return Promise.resolve();
        },
      };
    },
    async close() {
      const open = [...places.values()];
      places.clear();
      for (const { idle } of open) idle?.cancel();
      await Promise.all([...open.map(({ destination }) => destination.close()), ...closings]);
    },
  };
}

function nowhere(problem: string | null): Destination {
  const failure = new Error(`the endpoint ${problem ?? 'leads nowhere'}`);
  return {
    put: (events) => Promise.resolve(events.map(() => failure)),
    close: () => Promise.resolve(),
  };
}

export interface OpenDestinationDeps {
  readonly clock: Clock;
  /** The service's, by which brokers know its connections. */
  readonly name: string;
  readonly messagingObserver: Pick<MessagingObserver, 'waiting'>;
}

export function createOpenDestination({
  clock,
  name,
  messagingObserver,
}: OpenDestinationDeps): OpenDestination {
  return (url, endpoint) => {
    const options = { clock, name: `${name} observers`, observer: messagingObserver };
    return endpoint.scheme === 'kafka'
      ? createKafkaDestination(openRecordProducer(url, options), endpoint)
      : createAmqpDestination(openExchangePublisher(url, options), endpoint);
  };
}
