import { AppError, createVirtualClock } from '@fanfare/core';
import { openMemoryWindowCounter } from '@fanfare/storage';
import { createLogger } from '../logging/logger';
import { createInsuredCounter } from './insured-counter';

function setUp() {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const logger = createLogger({
    service: 'sample',
    level: 'info',
    destination: { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  });
  const server = { isAway: false, asked: 0 };
  const shared = {
    async count() {
      server.asked += 1;
      if (server.isAway) throw new AppError('unavailable', 'away');
      return { count: 42, endsInMs: 1_000 };
    },
    close: async () => undefined,
  };
  const spare = openMemoryWindowCounter({ windowMs: 60_000, clock });
  const counter = createInsuredCounter({ shared, spare, clock, logger });
  const count = async () => (await counter.count('client')).count;
  return { clock, lines, server, count };
}

describe('a counter with a spare one', () => {
  it('counts on the server while that answers', async () => {
    const { count, lines } = setUp();

    expect(await count()).toBe(42);
    expect(lines).toEqual([]);
  });

  it('counts for itself while the server is away, and asks it once a second whether it is back', async () => {
    const { clock, count, server, lines } = setUp();
    server.isAway = true;

    expect([await count(), await count(), await count()]).toEqual([1, 2, 3]);
    expect(server.asked).toBe(1);
    await clock.advance(1_000);
    expect(await Promise.all([count(), count(), count()])).toEqual([6, 4, 5]);
    expect(server.asked).toBe(2);

    server.isAway = false;
    await clock.advance(1_000);
    expect([await count(), await count()]).toEqual([42, 42]);
    expect(lines).toEqual([
      'the rate limit holds for this instance alone: its server is away',
      'requests are counted together with other instances again',
    ]);
  });
});
