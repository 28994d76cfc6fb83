import {
  follow,
  readApiDocument,
  referencesIn,
  routesOf,
  toCheck,
  type ApiRoute,
} from './support/api-document';
import { send } from './support/http';
import { placeOrder } from './support/orders';
import { expectProblem } from './support/problem';
import { openEventStream } from './support/server-sent-events';
import { analyticsUrl, orderUrl, services } from './support/system';

const seedsOrder = {
  customer_id: 'customer-123',
  product_id: 'product-456',
  quantity: 2,
  total_amount: 99.99,
};

/** Something that exists in place of each parameter, where there is something. */
async function toUrl(base: string, { path }: ApiRoute): Promise<string> {
  const values: Record<string, string> = {
    '{topic}': path.startsWith('/topics') && base === orderUrl ? 'orders' : 'notifications',
    '{partition}': '0',
    '{type}': 'order.created',
    '{id}': path.startsWith('/orders') ? (await placeOrder()).id : '01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5',
  };
  return `${base}${path.replace(/\{\w+\}/g, (name) => values[name] ?? name)}`;
}

/** Calls a route; one that changes something in a way that reaches it and is refused. */
async function call(base: string, route: ApiRoute) {
  const url = await toUrl(base, route);
  if (route.method !== 'GET') return send(`${url}?no-such-parameter=1`, { method: route.method });
  if (!route.path.endsWith('/stream')) return send(url);
  const stream = await openEventStream(url);
  const [{ data }] = await Promise.all([stream.next(), placeOrder()]);
  await stream.close();
  const { status, headers } = stream.response;
  return { status, headers, text: data, body: undefined };
}

describe.each(services)('the API description of %s', (service, url) => {
  it('is a whole OpenAPI 3.1 document: references lead somewhere, operations have names of their own', async () => {
    const document = await readApiDocument(url);

    expect(document.info.title).toBe(service);
    for (const reference of referencesIn(document)) expect(follow(document, reference)).toBeDefined();
    const ids = routesOf(document).map(({ operationId }) => operationId);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('describes every parameter in a path', async () => {
    for (const { path, parameters = [] } of routesOf(await readApiDocument(url))) {
      const described = parameters
        .filter((one) => one.in === 'path' && one.required)
        .map(({ name }) => `{${name}}`);
      expect(described.sort()).toEqual((path.match(/\{\w+\}/g) ?? []).sort());
    }
  });

  it('names routes that are all there, and answer as it says', async () => {
    const routes = routesOf(await readApiDocument(url));
    const nowhere = expectProblem(await send(`${url}/no/such/path`), 404).detail;

    for (const route of routes) {
      const answer = await call(url, route);

      const documented = route.responses[String(answer.status)];
      if (!documented) throw new Error(`${route.method} ${route.path} answered ${answer.status} unannounced`);
      expect(answer.status).not.toBe(405);
      expect(answer.text).not.toContain(nowhere);
      const [[type, { schema }] = ['', {}]] = Object.entries(documented.content ?? {});
      expect(answer.headers.get('content-type')?.split(';')[0]).toBe(type);
      if (answer.status < 300 && schema) {
        expect({ route: route.path, ...toCheck(schema).safeParse(answer.body) }).toMatchObject({
          success: true,
        });
      }
    }
  });

  it('opens as a page, with everything that the page needs', async () => {
    const page = await send(`${url}/docs`);

    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html\b/);
    const needed = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target = '']) => target);
    expect(needed.length).toBeGreaterThan(0);
    for (const target of needed) expect((await send(new URL(target, `${url}/docs/`).href)).status).toBe(200);
  });
});

describe("the seed's examples", () => {
  it('fit the description of POST /orders, request and answer', async () => {
    const route = routesOf(await readApiDocument(orderUrl)).find(
      ({ method, path }) => method === 'POST' && path === '/orders',
    );
    const request = toCheck(route?.requestBody?.content['application/json']?.schema);
    const answer = toCheck(route?.responses['201']?.content?.['application/json']?.schema);

    expect(request.safeParse(seedsOrder).error).toBeUndefined();
    expect(request.safeParse({ ...seedsOrder, quantity: 0 }).success).toBe(false);
    const { body } = await send(`${orderUrl}/orders`, { method: 'POST', body: seedsOrder });
    expect(answer.safeParse(body).error).toBeUndefined();
  });

  it('fit the description of GET /analytics/summary', async () => {
    const route = routesOf(await readApiDocument(analyticsUrl)).find(
      ({ path }) => path === '/analytics/summary',
    );
    const answer = toCheck(route?.responses['200']?.content?.['application/json']?.schema);

    const seeds = {
      total_orders: 3,
      total_revenue: 110.55,
      average_order_size: 36.85,
      last_updated: '2026-01-01T10:00:00.123456789Z',
    };
    const ours = { average_order_value: 36.85, cancelled_orders: 0 };
    expect(answer.safeParse({ ...seeds, ...ours }).error).toBeUndefined();
    expect(answer.safeParse({ ...ours, total_orders: 3 }).success).toBe(false);
  });
});
