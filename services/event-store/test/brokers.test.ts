import { expectProblem } from '@fanfare/service-kit/testing';
import { eventually } from '@fanfare/core/testing';
import { createLogInFile } from './log-in-file';
import { openDelivering } from './support/delivering';

/** Nobody listens there. */
const OBSERVER_BROKERS = 'billing=kafka://127.0.0.1:1,partner=amqp://user:hidden@127.0.0.1:1';
const endpoint = 'kafka://billing/orders';

describe('an observer whose events go to a broker', () => {
  it('names one that operators have named, and is told which there are', async () => {
    await using t = await openDelivering({ OBSERVER_BROKERS });
    const make = (parts: object) => t.store.post('/observers', { event_types: ['*'], ...parts });

    await t.observe({ endpoint, enabled: false });
    expect((await make({ endpoint: 'amqp://partner/events?routing_key=paid', enabled: false })).status).toBe(
      201,
    );
    for (const wrong of ['kafka://other/orders', 'amqp://billing/orders', 'kafka://127.0.0.1/orders']) {
      for (const answer of [
        await make({ endpoint: wrong }),
        await t.change('PATCH', '/observers/billing', { endpoint: wrong }),
      ]) {
        expect(expectProblem(answer, 400).errors).toEqual([
          {
            field: 'endpoint',
            message: 'must name a broker of OBSERVER_BROKERS: there are kafka://billing, amqp://partner',
          },
        ]);
      }
    }
    for (const wrong of [
      'kafka://user:pw@billing/orders',
      'kafka://billing:9092/orders',
      'amqp://partner/',
    ]) {
      expect(expectProblem(await make({ endpoint: wrong }), 400).errors).toMatchObject([
        { field: 'endpoint' },
      ]);
    }
    expect(await t.observer()).toMatchObject({ endpoint });
  });

  it('has neither secret nor handshake, which are for web hooks', async () => {
    await using t = await openDelivering({ OBSERVER_BROKERS });
    const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
    const make = (parts: object) =>
      t.store.post('/observers', { event_types: ['*'], enabled: false, ...parts });
    const fieldOf = (answer: Parameters<typeof expectProblem>[0]) => expectProblem(answer, 400).errors;

    expect(fieldOf(await make({ endpoint, secret }))).toMatchObject([{ field: 'secret' }]);
    expect(fieldOf(await make({ endpoint, handshake: 'required' }))).toMatchObject([{ field: 'handshake' }]);
    await t.observe({ secret, enabled: false });
    const change = (body: object) => t.change('PATCH', '/observers/billing', body);
    expect(fieldOf(await change({ endpoint }))).toMatchObject([{ field: 'secret' }]);
    expect((await change({ endpoint, secret: null })).status).toBe(200);
    expect(fieldOf(await change({ secret }))).toMatchObject([{ field: 'secret' }]);
  });

  it.each([endpoint, 'amqp://partner/events?routing_key=paid'])(
    'has its events tried again, and holds up neither health nor others, while %s is away',
    async (away) => {
      await using t = await openDelivering({ OBSERVER_BROKERS });
      await t.observe();
      await t.observe({ id: 'away', endpoint: away, retry: { max_attempts: 2, delay_ms: 1 } });

      await t.publishAll(['e-1']);

      await t.received('e-1');
      await eventually(
        async () => {
          expect(await t.deadLetters('&observer_id=away')).toMatchObject([
            { event: { id: 'e-1' }, attempts: 2, error: expect.stringContaining('broker') as string },
          ]);
        },
        { timeoutMs: 30_000 },
      );
      expect((await t.store.request('/health')).status).toBe(200);
      expect((await t.store.request('/health/ready')).status).toBe(200);
      expect(JSON.stringify(await t.deadLetters())).not.toContain('hidden');
    },
    60_000,
  );

  it('waits, and loses no attempt, while operators have taken its broker away', async () => {
    await using file = await createLogInFile();
    {
      await using t = await openDelivering({ ...file.env, OBSERVER_BROKERS });
      await t.observe({ endpoint, enabled: false });
    }
    await using t = await openDelivering({ ...file.env, OBSERVER_BROKERS: '' });

    await t.change('PATCH', '/observers/billing', { enabled: true });
    await t.publishAll(['e-1']);

    await eventually(async () => {
      expect(await t.observer()).toMatchObject({ blocked_reason: 'dependency', cursor: 0 });
    });
    expect(await t.deliveries()).toEqual([]);
    const tried = await t.store.post('/observers/billing/test', {});
    expect(JSON.stringify(tried.body)).toContain('OBSERVER_BROKERS');
  });
});
