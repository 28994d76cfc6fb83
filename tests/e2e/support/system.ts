/** Where the system under test is. That is all that these tests know of it. */
export const orderUrl = urlFrom('ORDER_URL', 'http://localhost:8080');
export const analyticsUrl = urlFrom('ANALYTICS_URL', 'http://localhost:8081');
export const eventStoreUrl = urlFrom('EVENT_STORE_URL', 'http://localhost:8082');
export const mediatorUrl = urlFrom('MEDIATOR_URL', 'http://localhost:8083');
export const notificationUrl = urlFrom('NOTIFICATION_URL', 'http://localhost:8084');

/** The broker between the services, when it is a real one that others can reach too. */
export const busUrl = process.env['BUS_URL'];

export const services = [
  ['order-service', orderUrl],
  ['analytics-service', analyticsUrl],
  ['event-store', eventStoreUrl],
  ['mediator', mediatorUrl],
  ['notification-worker', notificationUrl],
] as const;

/** Each group that consumes topic `orders`, and where its service is. */
export const groups = [
  ['analytics-service', analyticsUrl],
  ['event-store', eventStoreUrl],
  ['notification-worker', notificationUrl],
] as const;

function urlFrom(variable: string, fallback: string): string {
  return (process.env[variable] ?? fallback).replace(/\/$/, '');
}
