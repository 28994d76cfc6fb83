import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSystemClock } from '@fanfare/core';
import { createOrderLog, type OrderLog } from './order-log';

describe('the log of orders', () => {
  let answers: Record<string, unknown>;
  let server: Server;
  let log: OrderLog;
  let stop: AbortController;

  beforeEach(async () => {
    answers = {};
    server = createServer(({ url = '' }, response) => {
      const answer = answers[url.replace(/\?.*/, '')];
      if (answer === 'nothing') return;
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stop = new AbortController();
    log = createOrderLog({ url, clock: createSystemClock(), signal: stop.signal, timeoutMs: 100 });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const stats = (anchor: number) => ({ event_store_stats: { anchor_position: anchor } });
  const group = { topic: 'orders', partition: 0, applied: 7, parked: 0, dead_letters: 0, missing: [] };

  it('gives events with the position that the store names', async () => {
    const event = { id: 'e-1', type: 'com.fanfare.order.created.v1', source: '/order-service' };
    answers['/api/v1/events'] = [{ ...event, position: '12' }];

    expect(await log.readAfter(3)).toMatchObject([{ position: 12, event }]);
  });

  it.each([
    ['is not there', undefined],
    ['is no list', { events: [] }],
    ['names no position', [{ id: 'e-1', type: 't', source: '/s' }]],
    ['never comes', 'nothing'],
  ])('is unavailable when the answer %s', async (_, answer) => {
    answers['/api/v1/events'] = answer;

    await expect(log.readAfter(0)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is unavailable once it was stopped', async () => {
    answers['/api/v1/events'] = [];
    stop.abort();

    await expect(log.readAfter(0)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('knows no event where the store has none', async () => {
    expect(await log.find('e-1')).toBeNull();
  });

  it('says how far each partition of the topic is recorded, whatever else the store records', async () => {
    answers['/ledger'] = {
      groups: [group, { ...group, partition: 1, applied: 3 }, { ...group, topic: 'audit' }],
    };
    answers['/api/v1/stats'] = stats(0);

    expect(await log.readCoverage()).toEqual({
      recorded: new Map([
        [0, 7],
        [1, 3],
      ]),
      isComplete: true,
    });
  });

  it.each([
    ['was truncated', {}, 5],
    ['has refused events', { dead_letters: 1 }, 0],
    ['has lost events', { missing: [4] }, 0],
  ])('is not complete when the store %s', async (_, spoilt, anchor) => {
    answers['/ledger'] = { groups: [{ ...group, ...spoilt }] };
    answers['/api/v1/stats'] = stats(anchor);

    expect(await log.readCoverage()).toMatchObject({ isComplete: false });
  });

  it('cannot tell how far it goes while events wait to be recorded', async () => {
    answers['/ledger'] = { groups: [{ ...group, parked: 2 }] };
    answers['/api/v1/stats'] = stats(0);

    await expect(log.readCoverage()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
