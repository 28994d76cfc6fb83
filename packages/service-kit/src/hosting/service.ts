import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, Tracer } from '@fanfare/core';
import type { ReportingService } from '@fanfare/contracts';
import type { Database } from '@fanfare/storage';
import type { Consumer, LocalHub, MessageBus, MessagingObserver, TopicLog } from '@fanfare/messaging';
import type { Express } from 'express';
import type { AuditAs } from '../audit/late-audit';
import type { Caller } from '../auth/caller';
import type { RedeemTicket } from '../auth/create-authority';
import type { ServiceToken } from '../auth/service-token';
import type { Route } from '../http/route';
import type { Logger } from '../logging/logger';
import type { Metrics } from '../metrics/metrics';

/** Something that closes; closed by the host in reverse order of `own`. */
export interface Closable {
  close(): Promise<void>;
}

/** What the host lends to a service: what it must not make itself. */
export interface Resources {
  readonly clock: Clock;
  /** Makes UUIDv7 texts. */
  readonly newId: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Undefined unless traces are on. */
  readonly tracer?: Tracer | undefined;
  /** Turns what happens inside messaging into metrics, log lines and spans. */
  readonly messagingObserver: MessagingObserver;
  /** Where services of one process meet: the memory bus and feeds that need no HTTP. */
  readonly hub: LocalHub;
  /** With what the service shows other services who it is. */
  readonly serviceToken: ServiceToken;
  /** For what comes by another way than a route; leaves nothing where calls are not audited. */
  readonly auditAs: AuditAs;
  /** Hands a thing to the host, to be closed after the service has stopped; returns it. */
  readonly own: <T extends Closable>(thing: T) => T;
}

/** A loop that runs as long as the service. When it throws, readiness turns red and it is started again with growing delays. */
export interface Worker {
  readonly name: string;
  /** Resolves soon after `signal` aborts, with its work in a clean state. */
  run(signal: AbortSignal): Promise<void>;
}

/** A dependency as health sees it. */
export interface Pingable {
  ping(): Promise<void>;
}

/** Takes over the connections of clients that ask for a WebSocket (RFC 6455). */
export interface Upgrade {
  readonly path: string;
  /** How long a client may take to ask; as for any request unless given. */
  readonly handshakeMs?: number;
  /** Has the connection for itself. What it throws before it writes is answered as what a route throws. */
  handle(
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    caller: Caller,
    address: string,
  ): Promise<void> | void;
  /** Finds who it was that got a ticket in place of a token, once. Without it tickets are refused. */
  readonly redeemTicket?: RedeemTicket;
  /** Also for tokens that are bound to a colleague: `handle` sees to it that they act for no other. */
  readonly isForColleagues?: boolean;
  /** The first thing when the service stops: says goodbye to the clients. Who is there some seconds later is cut off. */
  close(): Promise<void>;
}

/** How the host of a service tells the event store who changed what in it, and how it goes. */
export interface Reporting {
  readonly service: ReportingService;
  /** Keeps the reports until they have left. */
  readonly database: Database;
  readonly bus: Pick<MessageBus, 'publish'>;
}

/** A service as a plain value: what it is, not how it is hosted. */
export interface Service {
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly routes: readonly Route[];
  readonly upgrade?: Upgrade;
  /** Brings the database to its newest version; tried until it succeeds, before workers and consumers start. Must be repeatable. */
  prepare(): Promise<void>;
  /** Topics that this service owns: their feed and their part of the ledger are served for it. */
  readonly topicLogs: readonly TopicLog[];
  readonly consumers: readonly Consumer[];
  readonly workers: readonly Worker[];
  /** By the name shown in `/health`; `database` alone decides readiness. */
  readonly checks: Readonly<Record<string, Pingable>> & {
    /** When it says how its pool is, that becomes a metric. */
    readonly database: Pingable & Partial<Pick<Database, 'poolState'>>;
  };
  /** Without it the service tells nobody. */
  readonly reporting?: Reporting | undefined;
  /** What `/health` tells besides, such as what is switched on. */
  readonly healthDetails?: Readonly<Record<string, string>>;
  /** Adds to the Express app that serves what is not a declared route: third-party routers, pages. */
  readonly mount?: (app: Express) => void;
}

export type ServiceFactory = (resources: Resources) => Promise<Service> | Service;
