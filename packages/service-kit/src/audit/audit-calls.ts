import { auditLogCreated, type CloudEvent, type TraceContext } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { z } from 'zod';
import type { Caller } from '../auth/caller';
import type { Reply } from '../http/route';
import { parseQuery } from '../http/validate';
import type { Logger } from '../logging/logger';
import { auditChanges } from './audit-changes';
import { auditNameOf, type AuditedRoute, type AuditName } from './audit-name';
import type { LimitRate } from './limit-rate';

/** What an entry tells of a call: a request, or what asks in another way for what a route does. */
export interface AuditedCall {
  readonly caller: Pick<Caller, 'subject'>;
  /** Empty when nobody knows it. */
  readonly address: string;
  readonly headers: { readonly 'user-agent'?: string | undefined };
  readonly requestId: string;
  readonly trace: TraceContext;
  /** By their names in the path of the route. */
  readonly params: unknown;
  /** What was sent, with `url` in place of what was not. */
  readonly sentBody: unknown;
  readonly url: string;
}

/** Leaves the audit entry of an answered call. Resolves when the answer may leave; never rejects. */
export type AuditCall = (call: AuditedCall, status: number, reply?: Reply) => Promise<void>;

/** How a route leaves its entries; undefined for one that changes nothing. */
export type AuditOf = (route: AuditedRoute) => AuditCall | undefined;

export interface AuditCallsDeps {
  /** Resolves when the entry is kept. */
  readonly write: (entry: CloudEvent) => Promise<void>;
  /** Asked for each refused call: a flood of them must not fill the disk. */
  readonly mayWriteRefused: LimitRate;
  /** The producer as events name it: `/order-service`. */
  readonly source: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly logger: Pick<Logger, 'error'>;
}

/** The subject of entries of calls that nobody needed a token for, or that came without a good one. */
export const nobody = 'anonymous';
/** Attributes are kept in columns. */
const maxSubjectLength = 255;
const maxUserAgentLength = 512;
/** Longer than any way of parameters that a route takes. */
const maxEntityLength = 2_048;

/**
 * Makes each state-changing route leave one `audit.log_created` for each call that it answers: also for those that are
 * refused or fail, but for those that are only counted, because anybody could fill the trail with them.
 */
export function createAuditCalls(deps: AuditCallsDeps): AuditOf {
  const { write, mayWriteRefused, source, clock, newId, logger } = deps;

  function toEntry(data: AuditData, { trace, caller }: AuditedCall): CloudEvent {
    const subject = (caller.subject ?? nobody).slice(0, maxSubjectLength);
    return auditLogCreated.create({ ...trace, id: newId(), source, subject, time: clock.now(), data });
  }

  return (route) => {
    if (route.method === 'get' && !route.audit) return undefined;
    const name = auditNameOf(route);
    return async (call, status, reply) => {
      if (isKeptOutOfTrail(status)) return;
      const outcome = outcomeOf(status);
      if (outcome === 'refused' && !mayWriteRefused()) return;
      try {
        const changes = auditChanges(call.sentBody ?? queryOf(call.url));
        const about = { ...aboutEntity(name, call, reply), ...aboutCaller(call) };
        const data = { ...about, action: name.action, outcome, request_id: call.requestId };
        await write(toEntry({ ...data, ...(changes && { changes }) }, call));
      } catch (err) {
        logger.error({ err, requestId: call.requestId }, 'a call could not be audited');
      }
    };
  };
}

type AuditData = z.infer<typeof auditLogCreated.schema>;

/** What is asked for in the query where there is no body, as with most deletions. */
function queryOf(url: string): unknown {
  const start = url.indexOf('?');
  return start === -1 ? undefined : parseQuery(url.slice(start + 1));
}

/** Without a good token, or beyond what a client may send. */
function isKeptOutOfTrail(status: number): boolean {
  return status === 401 || status === 429;
}

function outcomeOf(status: number): 'succeeded' | 'refused' | 'failed' {
  if (status < 400) return 'succeeded';
  return status < 500 ? 'refused' : 'failed';
}

function aboutEntity({ entity, idParams, isNamedByPath }: AuditName, call: AuditedCall, reply?: Reply) {
  // as strings or as what the route's schema makes of them
  const params = call.params as Readonly<Record<string, string | number | undefined>>;
  const made = isNamedByPath ? undefined : idOfMade(reply);
  const parts = [...idParams.map((name) => String(params[name] ?? '')), made ?? ''];
  const id = parts.filter((part) => part !== '').join('/');
  return { entity_type: entity, ...(id !== '' && { entity_id: id.slice(0, maxEntityLength) }) };
}

/** The id of what came to exist, as the answer tells it: by the last part of its `Location`, or as `id`. */
function idOfMade(reply: Reply | undefined): string | undefined {
  const location = reply?.headers?.['location'];
  if (location !== undefined) return decode(location.slice(location.lastIndexOf('/') + 1));
  const { body } = reply ?? {};
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** What is not encoded as it should be still says more than nothing. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function aboutCaller({ caller, address, headers }: AuditedCall) {
  const userAgent = headers['user-agent'];
  return {
    ...(caller.subject && { user_id: caller.subject }),
    ...(address !== '' && { ip_address: address }),
    ...(userAgent && { user_agent: userAgent.slice(0, maxUserAgentLength) }),
  };
}
