import { send, type SendOptions } from './support/http';
import { expectProblem } from './support/problem';
import { analyticsUrl, notificationUrl, orderUrl, services } from './support/system';

type BadRequest = readonly [
  path: string,
  status: number,
  fields?: readonly string[] | undefined,
  options?: SendOptions,
];

const unknownId = '01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5';

const toOrders: readonly BadRequest[] = [
  ['/orders?limit=0', 400, ['limit']],
  ['/orders?limit=101', 400, ['limit']],
  ['/orders?limit=-1', 400, ['limit']],
  ['/orders?limit=abc', 400, ['limit']],
  ['/orders?limit=', 400, ['limit']],
  ['/orders?limit=1e1', 400, ['limit']],
  ['/orders?limit=5&limit=6', 400, ['limit']],
  ['/orders?offset=-1', 400, ['offset']],
  ['/orders?offset=99999999999999999999', 400, ['offset']],
  ['/orders?status=PENDING', 400, ['status']],
  ['/orders?customer_id=', 400, ['customer_id']],
  [`/orders?customer_id=${'x'.repeat(65)}`, 400, ['customer_id']],
  ['/orders?cursor=garbage', 400, ['cursor']],
  ['/orders?page=2', 400, ['page']],
  ['/orders?__proto__=1', 400, ['__proto__']],
  ['/orders?limit=0&offset=-1&sort=id', 400, ['limit', 'offset', 'sort']],
  [`/orders/${unknownId}`, 404],
  ['/orders/not-a-uuid', 404],
  ["/orders/'or'1'='1", 404],
  [`/orders/${'x'.repeat(65)}`, 400, ['id']],
  ['/orders/zo%C3%AB', 400, ['id']],
  ['/orders/%zz', 400],
  [`/orders/${unknownId}?verbose=1`, 400, ['verbose']],
  [`/orders/${unknownId}/items`, 404],
  [`/orders/${unknownId}/cancel`, 405],
  ['/orders', 405, undefined, { method: 'PUT', body: {} }],
  [`/orders/${unknownId}`, 405, undefined, { method: 'DELETE' }],
  ['/topics/nothing/0', 404],
  ['/topics/orders/99999', 404],
  ['/topics/orders/x', 400, ['partition']],
  ['/topics/orders/0?from=0', 400, ['from']],
  ['/topics/orders/0?limit=1001', 400, ['limit']],
];

const toAnalytics: readonly BadRequest[] = [
  ['/analytics/summary?fresh=1', 400, ['fresh']],
  ['/analytics/summary', 405, undefined, { method: 'POST', body: {} }],
  ['/analytics/nothing', 404],
  ['/analytics', 404],
  ...['customers', 'products'].flatMap((ranking): BadRequest[] => [
    [`/analytics/${ranking}?limit=0`, 400, ['limit']],
    [`/analytics/${ranking}?limit=101`, 400, ['limit']],
    [`/analytics/${ranking}?limit=many`, 400, ['limit']],
    [`/analytics/${ranking}?offset=-1`, 400, ['offset']],
    [`/analytics/${ranking}?cursor=garbage`, 400, ['cursor']],
    [`/analytics/${ranking}?order=asc`, 400, ['order']],
  ]),
  ['/analytics/statuses?status=pending', 400, ['status']],
  ['/analytics/timeseries?bucket=year', 400, ['bucket']],
  ['/analytics/timeseries?bucket=', 400, ['bucket']],
  ['/analytics/timeseries?from=yesterday', 400, ['from']],
  ['/analytics/timeseries?to=2026-02-31', 400, ['to']],
  ['/analytics/timeseries?from=2026-01-02&to=2026-01-01', 400, ['to']],
  ['/analytics/timeseries?bucket=minute&from=2000-01-01', 400, ['from']],
  ['/analytics/stream?from=1', 400, ['from']],
  ['/analytics/stream', 405, undefined, { method: 'DELETE' }],
];

const toNotifications: readonly BadRequest[] = [
  ['/notifications?limit=0', 400, ['limit']],
  ['/notifications?limit=1001', 400, ['limit']],
  ['/notifications?order_id=', 400, ['order_id']],
  [`/notifications?order_id=${'x'.repeat(65)}`, 400, ['order_id']],
  ['/notifications?state=lost', 400, ['state']],
  ['/notifications?cursor=garbage', 400, ['cursor']],
  ['/notifications?offset=1', 400, ['offset']],
  ['/notifications', 405, undefined, { method: 'POST', body: {} }],
  [`/notifications/${unknownId}`, 404],
  ['/topics/orders/0', 404],
];

const toConsumers: readonly BadRequest[] = [
  ['/dead-letters?state=alive', 400, ['state']],
  ['/dead-letters?limit=0', 400, ['limit']],
  ['/dead-letters?limit=1001', 400, ['limit']],
  ['/dead-letters?offset=-1', 400, ['offset']],
  ['/dead-letters?group=', 400, ['group']],
  ['/dead-letters?all=1', 400, ['all'], { method: 'DELETE' }],
  [`/dead-letters/${unknownId}`, 404],
  [`/dead-letters/${unknownId}`, 404, undefined, { method: 'DELETE' }],
  [`/dead-letters/${unknownId}/redrive`, 404, undefined, { method: 'POST' }],
  [`/dead-letters/${unknownId}/redrive`, 400, ['event'], { method: 'POST', body: { event: 1 } }],
  [`/dead-letters/${unknownId}/redrive`, 405],
];

const toAll: readonly BadRequest[] = [
  ['/', 404],
  ['/nothing', 404],
  ['/%', 400],
  ['/health', 405, undefined, { method: 'POST', body: {} }],
  ['/metrics', 405, undefined, { method: 'DELETE' }],
  ['/ledger?verbose=1', 400, ['verbose']],
  ['/docs/nothing', 404],
  ['/docs/..%2f..%2fpackage.json', 404],
];

const cases: readonly (readonly [service: string, url: string, requests: readonly BadRequest[]])[] = [
  ['order-service', orderUrl, toOrders],
  ['analytics-service', analyticsUrl, [...toAnalytics, ...toConsumers]],
  ['notification-worker', notificationUrl, [...toNotifications, ...toConsumers]],
  ...services.map(([service, url]) => [service, url, toAll] as const),
];

describe('a bad request is answered with a problem', () => {
  const flat = cases.flatMap(([service, url, requests]) =>
    requests.map(([path, status, fields, options = {}]) => ({
      title: `${service}: ${options.method ?? 'GET'} ${path.length > 60 ? `${path.slice(0, 60)}…` : path} is ${status}`,
      url,
      path,
      status,
      fields,
      options,
    })),
  );

  it.each(flat)('$title', async ({ url, path, status, fields, options }) => {
    const answer = await send(`${url}${path}`, options);

    const { errors = [] } = expectProblem(answer, status);
    if (fields) expect(errors.map(({ field }) => field).sort()).toEqual([...fields].sort());
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  });
});
