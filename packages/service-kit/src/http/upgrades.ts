import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { Upgrade } from '../hosting/service';
import type { AddressOf } from '../limits/client-address';
import type { Logger } from '../logging/logger';
import { endWithProblem } from './end-with-problem';
import type { Entrance } from './entrance';
import type { HttpMetrics } from './http-metrics';
import { HttpProblem, pathOf, refuseForNow, toHttpProblem } from './problem';
import { logRefusal, notPrepared } from './refuse';
import { defineRoute, type Route } from './route';
import type { ShowUrl } from './shown-url';
import { acceptRequestId } from './trace';

/** What node calls with a request to speak something else than HTTP from now on. */
export type UpgradeListener = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface UpgradeListenerOptions {
  readonly upgrade: Upgrade;
  readonly entrance: Entrance;
  readonly addressOf: AddressOf;
  readonly httpMetrics: Pick<HttpMetrics, 'countProblem'>;
  readonly showUrl: ShowUrl;
  readonly isPrepared: () => boolean;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
  readonly newId: () => string;
  readonly logger: Logger;
}

/** Hands WebSockets to the service, at the path where it has them. */
export function createUpgradeListener({
  upgrade,
  entrance,
  addressOf,
  httpMetrics,
  showUrl,
  isPrepared,
  stopping,
  newId,
  logger,
}: UpgradeListenerOptions): UpgradeListener {
  async function refuseUnfit(incoming: IncomingMessage): Promise<void> {
    const isHere = trimSlash(pathOf(incoming.url ?? '/')) === trimSlash(upgrade.path);
    if (!isHere) await entrance.turnAway(addressOf(incoming), nothingHere);
    if (stopping.aborted) throw isStopping;
    if (!isPrepared()) throw notPrepared;
  }

  const access = { role: lowestRole, isForColleagues: upgrade.isForColleagues ?? false };

  async function hand(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // an error of the connection closes it; that nobody listened for it would end the process
    socket.on('error', () => undefined);
    try {
      await refuseUnfit(incoming);
      const caller = await entrance.admitUpgrade(incoming, access, upgrade.redeemTicket);
      await upgrade.handle(incoming, socket, head, caller, addressOf(incoming));
    } catch (thrown) {
      const { url = '/', headers } = incoming;
      const requestId = acceptRequestId(headers['x-request-id'] as string | undefined) ?? newId();
      const problem = toHttpProblem(thrown);
      httpMetrics.countProblem(problem.code);
      logRefusal({ log: logger.child({ requestId }), shownUrl: showUrl(url) }, problem, thrown);
      socket.once('finish', () => socket.destroy());
      endWithProblem(socket, problem, { url, requestId });
    }
  }

  return (incoming, socket, head) => {
    void hand(incoming, socket, head);
  };
}

/** What a WebSocket needs at least; it may ask for more when it knows what it is wanted for. */
const lowestRole = 'reader' as const;

const nothingHere = new HttpProblem(404, 'there is no WebSocket at this path');
const isStopping = refuseForNow('the service is stopping');

function trimSlash(path: string): string {
  return path.replace(/\/$/, '');
}

/** Tells those who come to the path of the WebSocket without asking for one. */
export function upgradeRoute({ path, isForColleagues = false }: Upgrade): Route {
  return defineRoute({
    method: 'get',
    path,
    role: lowestRole,
    isForColleagues,
    summary: 'WebSocket',
    query: z.looseObject({}),
    responses: {
      101: { description: 'The connection is a WebSocket from here on' },
      426: { description: 'The request does not ask for a WebSocket' },
    },
    handle: () => {
      throw new HttpProblem(426, 'this path is a WebSocket', {
        headers: { upgrade: 'websocket', connection: 'upgrade' },
      });
    },
  });
}
