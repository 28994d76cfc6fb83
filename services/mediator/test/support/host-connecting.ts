import { actAs } from '../act-as';
import { hostMediator, type MediatorForTest } from '../host-mediator';
import { connectColleague, type ConnectedColleague } from './connect-colleague';

/** A mediator `m` with the colleagues `a` and `b`, who connect by WebSocket. */
export interface HostedConnecting {
  readonly service: MediatorForTest;
  /** Creates the mediator, and registers `a` and `b`. */
  readonly begin: (mediator?: object, b?: object) => Promise<void>;
  readonly connect: (id?: string, rest?: string) => Promise<ConnectedColleague>;
  /** From `a` to `b`, each with its id as content. */
  readonly send: (...ids: readonly string[]) => Promise<void>;
  stop(): Promise<void>;
}

export async function hostConnecting(...hosting: Parameters<typeof hostMediator>): Promise<HostedConnecting> {
  const service = await hostMediator(...hosting);
  const connected: ConnectedColleague[] = [];
  return {
    service,
    begin: (mediator = {}, b = {}) =>
      service.begin({ name: 'm', ...mediator }, 'a', { id: 'b', name: 'b', ...b }),
    async connect(id = 'b', rest = '') {
      const colleague = await connectColleague(service, 'm', id, rest);
      connected.push(colleague);
      return colleague;
    },
    async send(...ids) {
      for (const id of ids) {
        const sent = actAs(service, 'm', 'a').send({ id, recipient_id: 'b', message: id });
        expect(await sent).toMatchObject({ status: 200 });
      }
    },
    async stop() {
      for (const { socket } of connected) socket.terminate();
      await service.stop();
    },
  };
}
