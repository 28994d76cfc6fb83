import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

describeOnEveryDatabase('two instances of the mediator', (_, underTest) => {
  const instances: MediatorForTest[] = [];

  async function begin(): Promise<readonly [MediatorForTest, MediatorForTest]> {
    const settings = { DATABASE_URL: await underTest.createUrl() };
    const first = await hostMediator(settings);
    instances.push(first);
    const second = await hostMediator(settings);
    instances.push(second);
    await first.begin({ name: 'm' }, 'a', 'b');
    return [first, second];
  }
  afterEach(async () => {
    for (const instance of instances.splice(0)) await instance.stop();
  });

  const path = '/mediators/m/messages';
  const hello = { sender_id: 'a', recipient_id: 'b', message: 'Hello' };

  it('accept a message once, however often the same is sent to both', async () => {
    const both = await begin();
    const ids = ['m-1', 'm-2', 'm-3'];

    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        both[n % 2 === 0 ? 0 : 1].post(path, { ...hello, id: ids[n % 3] }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200));
    expect(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(3);
    const { body } = await both[1].get(path);
    const { messages } = body as { readonly messages: readonly { readonly id: string }[] };
    expect(messages.map(({ id }) => id).sort()).toEqual(ids);
    const facts = await both[0].announced();
    expect(facts.filter(({ type }) => type === 'com.fanfare.message.sent.v1')).toHaveLength(3);
  });

  it('give one of two different messages of the same id to the mediator', async () => {
    const both = await begin();

    const answers = await Promise.all(
      [0, 1, 0, 1].map((n) => both[n === 0 ? 0 : 1].post(path, { ...hello, id: 'm-1', message: n })),
    );

    const { body } = await both[0].get(`${path}/m-1`);
    const { content } = body as { readonly content: number };
    expect(answers.map(({ status }) => status)).toEqual([0, 1, 0, 1].map((n) => (n === content ? 200 : 409)));
  });

  it('answer a command at the one what its handler says at the other, and give the answer to a query again', async () => {
    const [first, second] = await begin();
    await first.begin({ name: 'q', kind: 'query' }, 'x', { id: 'y', name: 'y', handles: ['get'] });
    const question = { message: { type: 'get', data: 1 }, cache_ttl_ms: 60_000 };

    const call = actAs(first, 'q', 'x').send(question);
    const handler = actAs(second, 'q', 'y');
    const { id } = await handler.take();
    await handler.reply(id, { result: 'it' });

    expect(await call).toMatchObject({ status: 200, body: { id, result: 'it' } });
    expect(await actAs(second, 'q', 'x').send(question)).toMatchObject({
      body: { id, result: 'it', cached: true },
    });
  });

  it('either hand a message out or cancel it, and give a dead one back once', async () => {
    const [first, second] = await begin();
    const ids = Array.from({ length: 10 }, (_unused, n) => `m-${n}`);
    const [sender, recipient] = [actAs(first, 'm', 'a'), actAs(second, 'm', 'b')];
    for (const id of ids)
      await sender.send({ recipient_id: 'b', id, message: id, retry: { max_attempts: 1 } });

    const [taken, ...cancelled] = await Promise.all([
      recipient.poll('limit=100'),
      ...ids.map((id) => first.post(`${path}/${id}/cancel`)),
    ]);

    const isTaken = (id: string) => taken.some((delivery) => delivery.id === id);
    expect(cancelled.map(({ status }) => status)).toEqual(ids.map((id) => (isTaken(id) ? 409 : 200)));

    await sender.send({ recipient_id: 'b', id: 'last', message: 1, retry: { max_attempts: 1 } });
    await recipient.take();
    await recipient.nack('last');
    expect((await first.get(`${path}?receipt=dead`)).body).toMatchObject({ messages: [{ id: 'last' }] });
    const redriven = await Promise.all(
      [first, second, first].map((service) => service.post(`${path}/last/redrive`)),
    );
    expect(redriven.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await recipient.poll('limit=100')).toMatchObject([{ id: 'last', attempt: 2 }]);
    expect(await recipient.poll('wait_ms=0')).toEqual([]);
  });

  it('number what both accept without an id that comes twice', async () => {
    const both = await begin();

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => both[n % 2 === 0 ? 0 : 1].post(path, hello)),
    );

    expect(new Set(answers.map(({ body }) => (body as { readonly id: string }).id)).size).toBe(200);
    const { body } = await both[0].get(`${path}?limit=1000`);
    expect((body as { readonly messages: readonly unknown[] }).messages).toHaveLength(200);
  });
});
