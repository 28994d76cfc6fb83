import { expectProblem, type TestResponse } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

type Pair = readonly [MediatorForTest, MediatorForTest];

describeOnEveryDatabase('two instances of the mediator', (_, underTest) => {
  let pair: Pair;

  afterEach(() => Promise.all(pair.map((service) => service.stop())));

  async function hostTwo(env: Readonly<Record<string, string>> = {}): Promise<MediatorForTest> {
    const settings = { DATABASE_URL: await underTest.createUrl(), ...env };
    pair = await Promise.all([hostMediator(settings), hostMediator(settings)]);
    return pair[0];
  }

  /** Makes calls at once, by turns on both instances. */
  const onBoth = (
    count: number,
    call: (service: MediatorForTest, index: number) => Promise<TestResponse>,
  ): Promise<readonly TestResponse[]> =>
    Promise.all(
      Array.from({ length: count }, (_unused, index) => call(pair[index % 2 === 0 ? 0 : 1], index)),
    );

  /** How many answers there were of each status and, of problems, of each code. */
  function tally(answers: readonly TestResponse[]): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const answer of answers) {
      const { status } = answer;
      const key = status < 400 ? String(status) : `${status} ${expectProblem(answer, status).code}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  it('let in MAX_MEDIATORS of fifty that come at once, and another when one has gone', async () => {
    const service = await hostTwo({ MAX_MEDIATORS: '10' });

    const answers = await onBoth(50, (either, index) => either.post('/mediators', { name: `m-${index}` }));

    expect(tally(answers)).toEqual({ '201': 10, '409 max-mediators-reached': 40 });
    const { mediators } = (await service.get('/mediators')).body as { mediators: readonly string[] };
    expect(mediators).toHaveLength(10);
    await service.delete(`/mediators/${mediators[0] ?? ''}`);
    const late = await onBoth(2, (either, index) => either.post('/mediators', { name: `late-${index}` }));
    expect(tally(late)).toEqual({ '201': 1, '409 max-mediators-reached': 1 });
  });

  it('let in MAX_COLLEAGUES_PER_MEDIATOR of fifty that come at once', async () => {
    const service = await hostTwo({ MAX_COLLEAGUES_PER_MEDIATOR: '7' });
    await service.begin({ name: 'a' });

    const answers = await onBoth(50, (either, index) => register(either, 'a', `c-${index}`));

    expect(tally(answers)).toEqual({ '201': 7, '409 max-colleagues-reached': 43 });
    expect((await service.get('/mediators/a')).body).toMatchObject({ count: 7 });
  });

  it('let in MAX_COLLEAGUES in all mediators together, and others when those of a mediator have gone', async () => {
    const service = await hostTwo({ MAX_COLLEAGUES: '12' });
    for (const name of ['a', 'b', 'c']) await service.begin({ name });
    const place = (index: number) => ['a', 'b', 'c'][index % 3] ?? 'a';

    const answers = await onBoth(50, (either, index) => register(either, place(index), `c-${index}`));

    expect(tally(answers)).toEqual({ '201': 12, '409 max-colleagues-reached': 38 });
    const { count } = (await service.get('/mediators/a')).body as { count: number };
    await service.delete('/mediators/a');
    const late = await onBoth(count + 1, (either, index) => register(either, 'b', `late-${index}`));
    expect(tally(late)).toEqual({ '201': count, '409 max-colleagues-reached': 1 });
  });

  it('make one mediator of fifty calls with one name', async () => {
    await hostTwo();

    const answers = await onBoth(50, (either) => either.post('/mediators', { name: 'same' }));

    expect(tally(answers)).toEqual({ '201': 1, '409 already-exists': 49 });
  });

  it('register one colleague, with one event, of fifty equal calls', async () => {
    const service = await hostTwo();
    await service.begin({ name: 'a' });

    const answers = await onBoth(50, (either) => register(either, 'a', 'same'));

    expect(tally(answers)).toEqual({ '201': 1, '200': 49 });
    expect((await service.announced()).filter(({ type }) => type.includes('registered'))).toHaveLength(1);
  });

  it('give a type to one of many that ask for it at once', async () => {
    const service = await hostTwo();
    await service.begin({ name: 'a', kind: 'command' });

    const answers = await onBoth(20, (either, index) =>
      either.post('/mediators/a/colleagues', { id: `c-${index}`, name: 'c', handles: ['pay'] }),
    );

    expect(tally(answers)).toEqual({ '201': 1, '409 handler-exists': 19 });
  });

  it('lose nothing that a hundred clients do at once, and count right to the end', async () => {
    const service = await hostTwo({ MAX_COLLEAGUES_PER_MEDIATOR: '200', MAX_COLLEAGUES: '100' });
    for (const name of ['a', 'b']) await service.begin({ name });

    const answers = await onBoth(100, async (either, index) => {
      const [mediator, id] = [index % 3 === 0 ? 'a' : 'b', `c-${index}`];
      await register(either, mediator, id);
      await either.patch(`/mediators/${mediator}/colleagues/${id}`, { concurrency: (index % 100) + 1 });
      await either.patch(`/mediators/${mediator}`, { description: id });
      return index % 4 === 0
        ? either.delete(`/mediators/${mediator}/colleagues/${id}`)
        : either.post(`/mediators/${mediator}/colleagues/${id}/heartbeat`);
    });

    expect(tally(answers)).toEqual({ '200': 100 });
    const kept = Array.from({ length: 100 }, (_unused, index) => index).filter((index) => index % 4 !== 0);
    for (const [mediator, belongs] of [
      ['a', (index: number) => index % 3 === 0],
      ['b', (index: number) => index % 3 !== 0],
    ] as const) {
      const { body } = await service.get(`/mediators/${mediator}/colleagues?limit=1000`);
      const { colleagues } = body as { colleagues: readonly { id: string; concurrency: number }[] };
      const found = colleagues.map(({ id, concurrency }) => [id, concurrency]);
      const expected = kept.filter(belongs).map((index) => [`c-${index}`, index + 1]);
      expect(found.sort()).toEqual(expected.sort());
    }
    const late = await onBoth(26, (either, index) => register(either, 'a', `late-${index}`));
    expect(tally(late)).toEqual({ '201': 25, '409 max-colleagues-reached': 1 });
  });

  it('create and remove mediators side by side without one getting in the way of another', async () => {
    const service = await hostTwo({ MAX_MEDIATORS: '5' });

    const answers = await onBoth(20, async (either, index) => {
      const name = `m-${index % 4}`;
      await either.post('/mediators', { name });
      await register(either, name, 'c');
      await either.delete(`/mediators/${name}`);
      return either.get('/mediators');
    });

    expect(tally(answers)).toEqual({ '200': 20 });
    const { mediators } = (await service.get('/mediators')).body as { mediators: readonly string[] };
    for (const name of mediators) await service.delete(`/mediators/${name}`);
    const late = await onBoth(6, (either, index) => either.post('/mediators', { name: `late-${index}` }));
    expect(tally(late)).toEqual({ '201': 5, '409 max-mediators-reached': 1 });
  });

  it('go on where others have stopped: all is kept', async () => {
    const DATABASE_URL = await underTest.createUrl();
    const first = await hostMediator({ DATABASE_URL });
    await first.begin({ name: 'a', metadata: { kept: true } }, 'c', { id: 'd', name: 'd', handles: ['pay'] });
    const before = await first.get('/mediators/a');
    await first.stop();

    pair = await Promise.all([hostMediator({ DATABASE_URL }), hostMediator({ DATABASE_URL })]);

    for (const service of pair) expect((await service.get('/mediators/a')).body).toEqual(before.body);
  });
});

function register(service: MediatorForTest, mediator: string, id: string): Promise<TestResponse> {
  return service.post(`/mediators/${mediator}/colleagues`, { id, name: 'c' });
}
