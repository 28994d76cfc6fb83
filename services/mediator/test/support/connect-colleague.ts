import { connectWebSocket, type Frame, type WebSocketTestClient } from '@fanfare/service-kit/testing';
import type { Delivery } from '../../src/mailbox/delivery';
import type { MediatorForTest } from '../host-mediator';

/** A colleague that is connected by WebSocket. */
export interface ConnectedColleague extends WebSocketTestClient {
  /** What came for it, in the order in which it came. */
  readonly deliveries: readonly Delivery[];
  ack(id: string): Promise<Frame>;
  /** Answers each delivery that comes from now on with `ack`. */
  ackAll(): void;
}

/** `rest` is what else stands in the query, beginning with `&`. */
export async function connectColleague(
  service: Pick<MediatorForTest, 'url'>,
  mediator: string,
  id: string,
  rest = '',
): Promise<ConnectedColleague> {
  const client = await connectWebSocket(service.url, `?mediator=${mediator}&colleague=${id}${rest}`);
  return {
    ...client,
    get deliveries() {
      return client.frames.flatMap(({ type, message }) => (type === 'message' ? [message as Delivery] : []));
    },
    ack: (message) => client.ask({ type: 'ack', id: message }),
    ackAll() {
      client.socket.on('message', (data: Buffer) => {
        const { type, message } = JSON.parse(data.toString()) as Frame;
        if (type === 'message') client.send({ type: 'ack', id: (message as Delivery).id });
      });
    },
  };
}

export function idsOf({ deliveries }: Pick<ConnectedColleague, 'deliveries'>): readonly string[] {
  return deliveries.map(({ id }) => id);
}

/** Ids of so many messages. */
export const numbered = (count: number, prefix = 'm') =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
