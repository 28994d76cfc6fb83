import { connectWebSocket, type WebSocketTestClient } from '@fanfare/service-kit/testing';

/** A client that follows the log. */
export interface TestClient extends WebSocketTestClient {
  /** The positions of the events that came, in the order in which they came. */
  readonly positions: readonly number[];
}

/** Resolves when the connection is open. */
export async function connectClient(...how: Parameters<typeof connectWebSocket>): Promise<TestClient> {
  const client = await connectWebSocket(...how);
  return {
    ...client,
    get positions() {
      return client.frames.flatMap(({ type, position }) =>
        type === 'event.published' ? [position as number] : [],
      );
    },
  };
}
