import { describeOnEveryDatabase } from '@fanfare/storage/testing';
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
