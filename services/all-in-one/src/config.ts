import { lookUp, type Environment } from '@fanfare/service-kit';

/** Where each service finds its own settings in an environment that all of them share. */
const own = {
  'order-service': { prefix: 'ORDER', port: '8080', database: 'sqlite:./data/orders.db' },
  'analytics-service': { prefix: 'ANALYTICS', port: '8081', database: 'sqlite:./data/analytics.db' },
  'event-store': { prefix: 'EVENT_STORE', port: '8082', database: 'sqlite:./data/event-store.db' },
  mediator: { prefix: 'MEDIATOR', port: '8083', database: 'sqlite:./data/mediator.db' },
  'notification-worker': { prefix: 'NOTIFICATION', port: '8084', database: 'sqlite:./data/notifications.db' },
} as const;

/**
 * The environment of one of the services of this process: what they share as it is, and in place of `DATABASE_URL` and
 * `SERVICE_PORT` the service's own `ORDER_DATABASE_URL`, `ORDER_SERVICE_PORT` and so on. A database is never shared.
 */
export function environmentOf(service: keyof typeof own, env: Environment = process.env): Environment {
  const { prefix, port, database } = own[service];
  return {
    ...env,
    DATABASE_URL: env[`${prefix}_DATABASE_URL`] ?? database,
    SERVICE_PORT: env[`${prefix}_SERVICE_PORT`] ?? port,
    // found in this process, whatever the address
    PRIVACY_FEED_URL: lookUp(env, 'PRIVACY_FEED_URL')?.value ?? 'http://127.0.0.1:8082',
  };
}
