import type { Clock } from '@fanfare/core';
import { within } from '../within';
import { createKafkaClient } from './client';

export interface PingOptions {
  readonly url: string;
  readonly name: string;
  readonly clock: Clock;
}

const pingTimeoutMs = 1_800;

/** A round trip to the broker on a connection of its own. Throws `unavailable` within 2 s when there is no answer. */
export async function pingKafka({ url, name, clock }: PingOptions): Promise<void> {
  const client = await createKafkaClient({ url, name, connectRetries: 0 });
  try {
    await within({ clock, ms: pingTimeoutMs, what: 'a round trip' }, () =>
      client.administer((admin) => admin.describeCluster()),
    );
  } finally {
    client.destroy();
  }
}
