import { root } from './support/checkout';
import { runScript, startStandIn } from './support/sandbox';

describe('test.sh', () => {
  const check = (env: NodeJS.ProcessEnv) =>
    runScript(`${root}/test.sh`, [], { env: { PATH: process.env['PATH'], WAIT_SECONDS: '0', ...env } });
  const isHealth = (url = '') => url.endsWith('/health');

  it('fails, and names what failed, when a service is there and not healthy', async () => {
    await using services = await startStandIn(({ url }) =>
      isHealth(url) ? [503, { status: 'unhealthy', service: 'order-service' }] : [200, {}],
    );

    const { status, stderr } = await check(services.env);

    expect(status).toBe(1);
    expect(stderr).toBe(
      `  FAILED: ${services.env.ORDER_URL}/health says {"status":"unhealthy","service":"order-service"}\n`,
    );
  });

  it('fails, and names what failed, when an order reads back differently', async () => {
    const order = { id: 'order-1', status: 'pending', total_amount: 149.99 };
    await using services = await startStandIn(({ method, url }) => {
      if (isHealth(url)) return [200, { status: 'healthy' }];
      return method === 'POST' ? [201, order] : [200, { ...order, total_amount: 150 }];
    });

    const { status, stderr } = await check(services.env);

    expect(status).toBe(1);
    expect(stderr).toContain('FAILED: the order reads back differently');
  });
});
