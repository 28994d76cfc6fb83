import { expectProblem } from '@fanfare/service-kit/testing';
import { actAs, type ActingColleague } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { connectColleague } from './support/connect-colleague';

/** The seed's examples of kinds whose messages are objects. */
const examples = [
  {
    kind: 'workflow',
    collection: 'workflows',
    message: {
      name: 'user_registration',
      steps: [
        { name: 'validate_input', type: 'validation' },
        { name: 'create_user', type: 'creation' },
        { name: 'send_welcome_email', type: 'notification' },
      ],
    },
  },
  {
    kind: 'resource',
    collection: 'resources',
    message: { name: 'database_connection', type: 'connection', capacity: 100, used: 50 },
  },
  {
    kind: 'task',
    collection: 'tasks',
    message: { name: 'process_order', type: 'processing', priority: 1 },
  },
  {
    kind: 'job',
    collection: 'jobs',
    message: { name: 'daily_report', type: 'scheduled', schedule: '0 0 * * *' },
  },
];

describe('in a mediator whose messages are objects', () => {
  let service: MediatorForTest;
  let sender: ActingColleague;

  async function begin(kind: string) {
    service = await hostMediator({ MAX_MESSAGE_BYTES: '1000' });
    await service.begin({ name: 'm', kind }, 'handler1');
    sender = actAs(service, 'm', 'handler1');
  }
  afterEach(() => service.stop());

  it.each(examples)(
    'a message makes a $kind, as POST on the collection does',
    async ({ kind, collection, message }) => {
      await begin(kind);

      const answer = await sender.send({ recipient_id: 'handler1', id: 'one', message });

      expect(answer).toMatchObject({
        status: 200,
        headers: { location: `/api/v1/mediators/m/${collection}/one` },
        body: { message: 'Message sent successfully', id: 'one', name: message.name },
      });
      expect((await service.get(`/mediators/m/${collection}/one`)).body).toMatchObject({
        id: 'one',
        name: message.name,
      });
      expect(await sender.send({ recipient_id: 'handler1', id: 'one', message })).toMatchObject({
        status: 200,
        body: { id: 'one' },
        headers: { 'idempotency-replayed': 'true' },
      });
      expect((await service.get('/mediators/m/messages?sender_id=handler1')).body).toMatchObject({
        messages: [],
      });
    },
  );

  it('a message by WebSocket is answered with the type of the object too, which is not that of the frame', async () => {
    await begin('task');
    const handler = await connectColleague(service, 'm', 'handler1');

    const answer = await handler.ask({ type: 'send', message: { id: 'one', name: 'n', type: 'resize' } });
    handler.socket.terminate();

    expect(answer).toMatchObject({ type: 'ok', id: 'one', answer_type: 'resize' });
  });

  it.each([
    ['from nobody', { sender_id: 'none' }, 404, 'sender-not-found'],
    ['to nobody', { recipient_id: 'none' }, 404, 'recipient-not-found'],
    ['with two ids', { id: 'one', message: { id: 'another', name: 'n' } }, 400, 'invalid'],
    ['that is no object', { message: 'Hello' }, 400, 'invalid'],
    ['that is not one of its kind', { message: { colour: 'red' } }, 400, 'invalid'],
    ['that is too large', { message: { name: 'n', data: 'x'.repeat(1_000) } }, 413, 'too-large'],
  ])('a message %s is refused', async (_, parts, status, code) => {
    await begin('job');
    const body = { message: { name: 'n', type: 'on-demand' }, ...parts };

    expect(expectProblem(await sender.send(body), status)).toMatchObject({ code });
  });
});
