import { randomUUID } from 'node:crypto';
import { cacheAdapters, describeAdapter } from '@fanfare/storage/testing';
import { hostForTest } from '../testing/host-for-test';
import { sampleRoutes } from '../testing/sample-routes';
import { serviceWith } from '../testing/service-with';
import type { RateLimit } from './rate-limit';

function limitAt(url: string): RateLimit {
  const budget = { name: 'requests', requests: 10 };
  return { windowMs: 60_000, reads: budget, writes: budget, url };
}

const hostLimited = (name: string, url: string) =>
  hostForTest(() => serviceWith({ name, routes: sampleRoutes }), { edge: { rateLimit: limitAt(url) } });

for (const adapter of cacheAdapters()) {
  if (adapter.name === 'memory') continue;
  describeAdapter(adapter, ({ url }) => {
    describe(`two instances that count on ${adapter.name}`, () => {
      it('let a client send no more to both together than it may send to one', async () => {
        const name = `sample-${randomUUID()}`;
        await using one = await hostLimited(name, url);
        await using other = await hostLimited(name, url);

        const answers = [];
        for (let sent = 1; sent <= 12; sent += 1) {
          answers.push(await (sent % 2 === 0 ? one : other).request('/orders/o-1'));
        }

        expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429, 429]);
        expect(answers.map(({ headers }) => headers['ratelimit-remaining'])).toEqual([
          '9',
          '8',
          '7',
          '6',
          '5',
          '4',
          '3',
          '2',
          '1',
          '0',
          '0',
          '0',
        ]);
      });

      it('count what is sent to another service for itself', async () => {
        await using one = await hostLimited(`sample-${randomUUID()}`, url);
        await using other = await hostLimited(`sample-${randomUUID()}`, url);
        for (let sent = 1; sent <= 11; sent += 1) await one.request('/orders/o-1');

        expect((await other.request('/orders/o-1')).headers['ratelimit-remaining']).toBe('9');
      });
    });
  });
}

describe('an instance whose server for counting is away', () => {
  it('fails no request, and limits its clients by itself', async () => {
    await using service = await hostLimited('sample-service', 'redis://127.0.0.1:1');

    const statuses = [];
    for (let sent = 1; sent <= 11; sent += 1) statuses.push((await service.request('/orders/o-1')).status);

    expect(statuses).toEqual([...Array<number>(10).fill(200), 429]);
    expect(service.logLines.filter(({ level }) => level === 'warn').map(({ msg }) => msg)).toEqual([
      'the rate limit holds for this instance alone: its server is away',
    ]);
  });
});
