import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

describeOnEveryDatabase('a mailbox that two instances serve', (_, underTest) => {
  const instances: MediatorForTest[] = [];
  let settings: Readonly<Record<string, string>>;

  async function host(): Promise<MediatorForTest> {
    const instance = await hostMediator(settings);
    instances.push(instance);
    return instance;
  }

  beforeEach(async () => {
    settings = { DATABASE_URL: await underTest.createUrl() };
  });
  afterEach(async () => {
    for (const instance of instances.splice(0)) await instance.stop();
  });

  it('gives each message to one of all who poll, whichever instance they ask', async () => {
    const [first, second] = [await host(), await host()];
    await first.begin({ name: 'm' }, 'a', 'b');
    const ids = Array.from({ length: 60 }, (_unused, index) => `m-${index}`);
    for (const id of ids) await actAs(first, 'm', 'a').send({ id, recipient_id: 'b', message: id });

    const takeAll = async (instance: MediatorForTest) => {
      const all: string[] = [];
      const b = actAs(instance, 'm', 'b');
      for (let some = await b.poll('limit=3'); some.length > 0; some = await b.poll('limit=3')) {
        all.push(...some.map(({ id }) => id));
      }
      return all;
    };
    const taken = await Promise.all([first, second, first, second, first, second].map(takeAll));

    expect(taken.flat().toSorted()).toEqual(ids.toSorted());
  });

  it('wakes who waits at one instance for what was sent through the other', async () => {
    const [first, second] = [await host(), await host()];
    await first.begin({ name: 'm' }, 'a', 'b');
    const waiting = actAs(second, 'm', 'b').take();

    await actAs(first, 'm', 'a').send({ id: 'm-1', recipient_id: 'b', message: 1 });

    expect(await waiting).toMatchObject({ id: 'm-1' });
    expect(await actAs(first, 'm', 'b').ack('m-1')).toMatchObject({ status: 200 });
  });

  it('outlives them: what was in hands comes again, what was acked does not, times are kept', async () => {
    const first = await host();
    await first.begin({ name: 'm' }, 'a', 'b');
    const [a, b] = [actAs(first, 'm', 'a'), actAs(first, 'm', 'b')];
    for (const id of ['acked', 'held', 'unread']) await a.send({ id, recipient_id: 'b', message: id });
    await a.send({ id: 'short', recipient_id: 'b', message: 1, ttl_ms: 300, priority: 'low' });
    await b.poll('limit=2&visibility_ms=100');
    await b.ack('acked');
    await first.stop();

    const second = await host();

    await eventually(async () => {
      expect((await second.get('/mediators/m/messages/short')).body).toMatchObject({ status: 'failed' });
      expect((await second.get('/mediators/m/messages/held')).body).toMatchObject({
        receipts: [{ status: 'pending' }],
      });
    });
    expect(await actAs(second, 'm', 'b').poll('')).toMatchObject([
      { id: 'held', attempt: 2 },
      { id: 'unread', attempt: 1 },
    ]);
  });
});
