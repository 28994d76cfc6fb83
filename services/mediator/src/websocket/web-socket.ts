import type { IncomingMessage } from 'node:http';
import type { TopicLog } from '@fanfare/messaging';
import {
  createWebSocket,
  requireRole,
  type Admission,
  type Caller,
  type RedeemTicket,
  type Upgrade,
  type WebSocketSession,
  type Worker,
} from '@fanfare/service-kit';
import { WebSocketServer } from 'ws';
import type { AuditByPath } from '../audit-by-path';
import { createFacts } from '../announcements/follow-facts';
import type { Mailbox } from '../mailbox/mailbox';
import { requireNoColleague, requireSelf } from '../mediators/require-self';
import type { Messages } from '../messages/messages';
import type { PartDeps } from '../part';
import { createAuditFrames } from './audit-frames';
import type { ClientDeps } from './client';
import { readHandshake } from './read-handshake';
import { serveColleague } from './serve-colleague';
import { startWatch } from './watch';

export type MediatorWebSocketDeps = Omit<PartDeps, 'work'> &
  Pick<Messages, 'send' | 'bodies'> & {
    readonly mailbox: Mailbox;
    readonly topicLog: TopicLog;
    readonly redeemTicket: RedeemTicket;
    readonly auditByPath: AuditByPath;
  };

export interface MediatorWebSocket {
  readonly upgrade: Upgrade;
  readonly worker: Worker;
}

/** Beside the message a frame has little else. */
const frameMarginBytes = 65_536;

/** `/ws`: colleagues draw from their mailboxes and send, everybody else watches what is announced. */
export function createMediatorWebSocket(deps: MediatorWebSocketDeps): MediatorWebSocket {
  const { config, directory, clock, newId, logger } = deps;
  const limits = config.webSocket;
  const auditFrames = createAuditFrames(deps.auditByPath);
  const facts = createFacts({
    ...deps,
    onFailure: (err, delayMs) => {
      logger.warn({ err, delayMs }, 'what is announced cannot be read');
    },
  });

  /** Makes the admission of a client; `start` is handed what every client needs. */
  function toAdmission(
    fields: Readonly<Record<string, unknown>>,
    start: (client: ClientDeps) => WebSocketSession,
  ): Admission {
    const connectionId = newId();
    return {
      logFields: { requestId: connectionId, ...fields },
      start: (connection, log) => start({ connection, connectionId, clock, limits, log }),
    };
  }

  async function admit(incoming: IncomingMessage, caller: Caller, address: string): Promise<Admission> {
    const { mediator, colleagueId, visibilityMs } = readHandshake(incoming);
    const entry = mediator === undefined ? undefined : await directory.find(mediator);
    if (!entry || colleagueId === undefined) {
      requireNoColleague(caller);
      const mayReadBodies = caller.roles.has('operator');
      const watched = { mediator, mayReadBodies, from: await facts.head() };
      return toAdmission({ mediator }, (client) => startWatch(watched, { ...client, facts }));
    }
    requireRole(caller, 'writer');
    requireSelf(caller, entry.mediator.name, colleagueId);
    await directory.noteCall(entry, colleagueId);
    const colleague = { entry, colleagueId, visibilityMs };
    const sender = { caller, address, headers: incoming.headers, mediator: entry.mediator.name, colleagueId };
    return toAdmission({ mediator, colleagueId }, (client) => {
      const audit = auditFrames({ ...sender, connectionId: client.connectionId });
      return serveColleague(colleague, { ...deps, ...client, audit });
    });
  }

  const upgrade = createWebSocket({
    ...deps,
    admit,
    createServer: (options) => new WebSocketServer(options),
    settings: {
      ...limits,
      // what may be sent by HTTP may be sent here
      maxFrameBytes: Math.max(limits.maxFrameBytes, config.maxMessageBytes + frameMarginBytes),
    },
  });
  return { upgrade: { ...upgrade, isForColleagues: true }, worker: facts.worker };
}
