import { readConfig as readAnalyticsConfig } from '@fanfare/analytics-service';
import { readConfig as readEventStoreConfig } from '@fanfare/event-store';
import { readConfig as readMediatorConfig } from '@fanfare/mediator';
import { readConfig as readNotificationConfig } from '@fanfare/notification-worker';
import { readConfig as readOrderConfig } from '@fanfare/order-service';
import type { Environment } from '@fanfare/service-kit';

/** Our services, each with the function that reads its configuration. */
export const ourServices = [
  { name: 'order-service', read: (env: Environment) => seen(readOrderConfig(env)) },
  { name: 'analytics-service', read: (env: Environment) => seen(readAnalyticsConfig(env)) },
  { name: 'event-store', read: (env: Environment) => seen(readEventStoreConfig(env)) },
  { name: 'mediator', read: (env: Environment) => seen(readMediatorConfig(env)) },
  { name: 'notification-worker', read: (env: Environment) => seen(readNotificationConfig(env)) },
] as const;

/** What a deployment has to agree with. */
export interface SeenConfig {
  readonly host: string;
  readonly port: number;
  /** The addresses of other things, as the service would open them. */
  readonly urls: readonly string[];
  /** Everything. */
  readonly all: Readonly<Record<string, unknown>>;
}

interface Listening {
  readonly listen: { readonly host: string; readonly port: number };
}

function seen(config: Listening & Readonly<Record<string, unknown>>): SeenConfig {
  const texts = Object.values(config).filter((value) => typeof value === 'string');
  return { ...config.listen, urls: texts.filter((text) => text.includes(':')), all: config };
}
