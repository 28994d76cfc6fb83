import { randomUUID } from 'node:crypto';
import { createEvent, encodeKafka } from '@fanfare/cloudevents';
import { eventually } from '@fanfare/core/testing';
import { describeAdapter } from '@fanfare/storage/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { auditedOf } from './support/read-told';
import { openKafkaForTest, type KafkaForTest } from './open-kafka';

const url = process.env['TEST_KAFKA_URL'];

describeAdapter(
  { name: 'Kafka', underTest: url ? { url } : { missing: 'TEST_KAFKA_URL is not set' } },
  declareCommandTests,
);

interface Letter {
  readonly id: string;
  readonly reason: string;
  readonly event_id: string | null;
}

function declareCommandTests({ url: STREAM_URL }: { readonly url: string }): void {
  let service: MediatorForTest;
  let kafka: KafkaForTest;
  let mediator: string;

  beforeAll(async () => {
    service = await hostMediator({ STREAM_URL }, { reports: { auditing: true, keepMs: 86_400_000 } });
    kafka = openKafkaForTest(STREAM_URL);
  });

  afterAll(async () => {
    await kafka[Symbol.asyncDispose]();
    await service.stop();
  });

  beforeEach(() => {
    mediator = `m-${randomUUID()}`;
  });

  it('execute each of the eight commands in order, and answer each as HTTP would', async () => {
    const colleague = (id: string) => ({ mediator, id, name: id });
    const ids = [
      await kafka.command('create_mediator', { name: mediator, description: 'by Kafka' }),
      await kafka.command('update_mediator', { mediator, description: 'changed' }),
      await kafka.command('register_colleague', colleague('a')),
      await kafka.command('register_colleague', colleague('b')),
      await kafka.command('send_message', { mediator, sender_id: 'a', recipient_id: 'b', message: 'hello' }),
      await kafka.command('broadcast_message', { mediator, sender_id: 'a', message: { to: 'all' } }),
      await kafka.command('start_workflow', { mediator, name: 'w', steps: [{ id: 's', type: 't' }] }),
      await kafka.command('unregister_colleague', { mediator, colleague_id: 'a' }),
      await kafka.command('delete_mediator', { mediator }),
    ];

    const responses = await kafka.responses(ids);

    expect(responses.map(({ data }) => [data.command_id, data.status])).toEqual(
      [201, 200, 201, 201, 200, 200, 409, 200, 200].map((status, index) => [ids[index], status]),
    );
    expect(responses.map(({ key }) => key)).toEqual(ids.map(() => mediator));
    expect(responses.map(({ data }) => data['result'] ?? data['problem'])).toMatchObject([
      { message: 'Mediator created successfully', mediator },
      { message: 'Mediator updated successfully', mediator },
      { message: 'Colleague registered successfully', id: 'a' },
      { message: 'Colleague registered successfully', id: 'b' },
      { message: 'Message sent successfully', id: expect.any(String) as string },
      { message: 'Message broadcasted successfully', recipients: ['b'] },
      { type: '/problems/wrong-kind', status: 409 },
      { message: 'Colleague unregistered successfully' },
      { message: 'Mediator removed successfully' },
    ]);
    expect((await service.get(`/mediators/${mediator}`)).status).toBe(404);
  });

  it('leave one audit entry each', async () => {
    const create = await kafka.command('create_mediator', { name: mediator }, { source: '/shop' });
    const refused = await kafka.command('delete_mediator', { mediator, sender_id: 'x' });
    await kafka.responses([create, refused]);

    expect(await auditedOf(service, [create, refused])).toMatchObject([
      {
        subject: 'kafka:/shop',
        data: { action: 'mediator.create', outcome: 'succeeded', entity_id: mediator, request_id: create },
      },
      { data: { action: 'mediator.delete', outcome: 'refused', entity_id: mediator, request_id: refused } },
    ]);
  });

  it('begin workflows', async () => {
    await service.begin({ name: mediator, kind: 'workflow' }, { id: 'a', name: 'a', handles: ['pack'] });

    const id = await kafka.command('start_workflow', {
      mediator,
      id: 'run-1',
      name: 'parcel',
      steps: [{ id: 'pack', type: 'pack' }],
    });

    const [response] = await kafka.responses([id]);
    expect(response?.data).toMatchObject({ status: 201, result: { id: 'run-1', status: 'running' } });
    expect((await service.get(`/mediators/${mediator}/workflows/run-1`)).status).toBe(200);
  });

  it('lead from the command to its facts and its response by correlation and cause', async () => {
    const correlated = await kafka.command(
      'create_mediator',
      { name: mediator },
      { correlationid: `c-${mediator}` },
    );
    const plain = await kafka.command('register_colleague', { mediator, id: 'a', name: 'a' });

    const responses = await kafka.responses([correlated, plain]);

    const expected = [
      { correlationid: `c-${mediator}`, causationid: correlated },
      { correlationid: plain, causationid: plain },
    ];
    expect(responses.map(({ event }) => event)).toMatchObject(expected);
    expect((await kafka.facts(mediator, 2)).map(({ event }) => event)).toMatchObject(expected);
  });

  it('are executed and answered once, however often they come', async () => {
    await service.begin({ name: mediator }, 'a', 'b');
    const data = { mediator, sender_id: 'a', recipient_id: 'b', message: 'once' };
    const id = randomUUID();

    for (let time = 0; time < 5; time += 1) await kafka.command('send_message', data, { id });
    const last = await kafka.command('update_mediator', { mediator, description: 'all came' });
    await kafka.responses([last]);

    expect(await kafka.responses([id])).toHaveLength(1);
    const { body } = await service.get(`/mediators/${mediator}/messages`);
    expect(body).toMatchObject({ messages: [{ content: 'once' }] });
    expect((body as { messages: unknown[] }).messages).toHaveLength(1);
  });

  it('make one object of a message that comes twice, in a mediator of objects', async () => {
    await service.begin({ name: mediator, kind: 'task' }, 'a');
    const data = { mediator, sender_id: 'a', message: { name: 'dig' } };
    const id = randomUUID();

    for (let time = 0; time < 2; time += 1) await kafka.command('send_message', data, { id });
    const last = await kafka.command('update_mediator', { mediator, description: 'all came' });

    const responses = await kafka.responses([id, last]);
    expect(responses.map(({ data: { status } }) => status)).toEqual([200, 200]);
    const { body } = await service.get(`/mediators/${mediator}/tasks`);
    expect((body as { tasks: unknown[] }).tasks).toHaveLength(1);
  });

  it('do not wait for handlers: what is still to be answered is pending', async () => {
    await service.begin({ name: mediator, kind: 'command' }, 'a', { id: 'b', name: 'b', handles: ['pay'] });

    const id = await kafka.command('send_message', { mediator, sender_id: 'a', message: { type: 'pay' } });

    const [response] = await kafka.responses([id]);
    expect(response?.data).toMatchObject({ status: 202, result: { status: 'pending' } });
  });

  it('that are refused change nothing, and the response says why', async () => {
    await service.begin({ name: mediator }, 'a');
    const ids = [
      await kafka.command('create_mediator', { name: mediator }),
      await kafka.command('send_message', { mediator, sender_id: 'z', recipient_id: 'a', message: 1 }),
      await kafka.command('send_message', { mediator, recipient_id: 'a', message: 1 }),
      await kafka.command('delete_mediator', {}),
      await kafka.command('update_mediator', { mediator: `no-${mediator}` }),
    ];

    const responses = await kafka.responses(ids);

    const byCommand = new Map(responses.map(({ data }) => [data.command_id, data]));
    expect(ids.map((id) => byCommand.get(id))).toMatchObject([
      { status: 409, problem: { code: 'already-exists' } },
      { status: 404, problem: { code: 'sender-not-found' } },
      { status: 400, problem: { errors: [{ field: 'sender_id', message: 'is required' }] } },
      { status: 400, problem: { errors: [{ field: 'mediator', message: 'is required' }] } },
      { status: 404, problem: { code: 'mediator-not-found' } },
    ]);
    expect(responses.map(({ data }) => data['result'])).toEqual(ids.map(() => undefined));
  });

  it('may be structured events, too', async () => {
    const event = createEvent({ type: 'create_mediator', source: '/test', data: { name: mediator } });

    await kafka.send(encodeKafka(event, 'structured', { key: mediator }));

    const [response] = await kafka.responses([event.id]);
    expect(response?.data).toMatchObject({ status: 201 });
  });

  it('that cannot be read are dead letters, hold nothing up, and are executed once they are mended', async () => {
    const unknown = createEvent({ type: 'destroy', source: '/test', data: { mediator } });
    const value = `not an event ${mediator}`;
    await kafka.send({ key: mediator, value, headers: { 'content-type': 'application/cloudevents+json' } });
    await kafka.send(encodeKafka(unknown, 'binary', { key: mediator }));
    const id = await kafka.command('create_mediator', { name: mediator });

    const [response] = await kafka.responses([id]);
    const letters = (await service.request('/dead-letters')).body as readonly Letter[];

    expect(response?.data.status).toBe(201);
    const letter = letters.find(({ event_id: eventId }) => eventId === unknown.id);
    expect(letter?.reason).toContain('must be one of create_mediator');
    expect(letters.filter(({ event_id: eventId }) => eventId === null)).not.toEqual([]);
    const event = { ...unknown, type: 'delete_mediator' };
    await service.request(`/dead-letters/${letter?.id ?? ''}/redrive`, { method: 'POST', body: { event } });
    const [answered] = await kafka.responses([unknown.id]);
    expect(answered?.data).toMatchObject({ status: 200 });
    await eventually(async () => {
      expect((await service.request(`/dead-letters/${letter?.id ?? ''}`)).status).toBe(404);
    });
  });
}
