import { setMaxListeners } from 'node:events';
import { allowsPrivateEndpoints, isPublicAddress } from '@fanfare/cloudevents';
import { isPassing, keepTrying } from '@fanfare/core';
import type { Mailbox } from '../mailbox/mailbox';
import type { Part, PartDeps } from '../part';
import { createLane } from './lane';
import { createLanes } from './create-lanes';

export type WebhooksDeps = Pick<
  PartDeps,
  'config' | 'database' | 'clock' | 'newId' | 'random' | 'directory' | 'waiting' | 'logger' | 'tracer'
> & { readonly mailbox: Mailbox };

/** How long what is under way when the service stops may take to end. */
const graceMs = 3_000;

/**
 * Posts to colleagues with an endpoint what is in their mailboxes (contract §4, "Webhook"). Every instance does that for all
 * of them: the mailbox hands each message to one.
 */
export function createWebhooks(deps: WebhooksDeps): Part {
  return { routes: [], workers: [{ name: 'webhooks', run: (signal) => serveLanes(deps, signal) }] };
}

async function serveLanes(deps: WebhooksDeps, stopping: AbortSignal): Promise<void> {
  const { config, clock, logger } = deps;
  const cutting = new AbortController();
  // every call under way listens to the one signal: many who do are no leak
  setMaxListeners(0, cutting.signal);
  const laneDeps = {
    ...deps,
    stopping,
    cutting: cutting.signal,
    allowsAddress: allowsPrivateEndpoints(config) ? () => true : isPublicAddress,
    origin: config.webhookOrigin,
    maxResponseBytes: config.maxMessageBytes,
  };
  const lanes = createLanes({ ...deps, createLane: (place) => createLane(place, laneDeps) });
  const onFailure = (err: unknown, delayMs: number) => {
    logger.warn({ err, delayMs }, 'it cannot be looked up who is to be called');
  };
  try {
    await keepTrying(() => lanes.serve(stopping), {
      clock,
      signal: stopping,
      isRetryable: isPassing,
      onFailure,
    });
  } finally {
    const timer = clock.setTimer(graceMs, () => {
      cutting.abort();
    });
    await lanes.end();
    timer.cancel();
  }
}
