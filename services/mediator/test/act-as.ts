import type { TestResponse } from '@fanfare/service-kit/testing';
import type { Delivery } from '../src/mailbox/delivery';
import type { MediatorForTest } from './host-mediator';

/** What a colleague does over HTTP. */
export interface ActingColleague {
  /** Waits for messages and takes them. */
  poll(query?: string): Promise<readonly Delivery[]>;
  /** Waits for one message and takes it. */
  take(): Promise<Delivery>;
  ack(id: string): Promise<TestResponse>;
  nack(id: string, body?: object): Promise<TestResponse>;
  reply(id: string, body: object): Promise<TestResponse>;
  /** Sends; `body` is all but the sender. */
  send(body: object): Promise<TestResponse>;
  broadcast(body: object): Promise<TestResponse>;
}

export function actAs(service: MediatorForTest, mediator: string, id: string): ActingColleague {
  const mailbox = `/mediators/${mediator}/colleagues/${id}/messages`;

  async function poll(query = 'wait_ms=5000'): Promise<readonly Delivery[]> {
    const { status, body } = await service.get(`${mailbox}?${query}`);
    expect({ status, body }).toMatchObject({ status: 200 });
    return (body as { readonly messages: readonly Delivery[] }).messages;
  }

  return {
    poll,
    async take() {
      const [delivery] = await poll('limit=1&wait_ms=5000');
      if (!delivery) throw new Error(`nothing came for ${id}`);
      return delivery;
    },
    ack: (message) => service.post(`${mailbox}/${message}/ack`),
    nack: (message, body = {}) => service.post(`${mailbox}/${message}/nack`, body),
    reply: (message, body) => service.post(`${mailbox}/${message}/reply`, body),
    send: (body) => service.post(`/mediators/${mediator}/messages`, { sender_id: id, ...body }),
    broadcast: (body) => service.post(`/mediators/${mediator}/broadcast`, { sender_id: id, ...body }),
  };
}
