import type { IncomingHttpHeaders } from 'node:http';
import type { TraceContext } from '@fanfare/contracts';
import { toHttpProblem, type Caller, type Reply, type RequestId } from '@fanfare/service-kit';
import type { AuditByPath } from '../audit-by-path';
import { mailParams } from '../mailbox/mailbox-schemas';
import { colleaguePath } from '../mediators/colleague-schemas';
import { mediatorPath } from '../mediators/mediator-schemas';

/** What a colleague asks for by a frame. */
export interface AskedByFrame {
  readonly type: 'heartbeat' | 'send' | 'broadcast' | 'ack' | 'nack' | 'reply';
  readonly requestId: RequestId;
  /** All that is for this type alone. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly trace: TraceContext;
}

/** Whose frames they are. */
export interface FrameSender {
  readonly connectionId: string;
  readonly caller: Caller;
  readonly address: string;
  readonly headers: IncomingHttpHeaders;
  readonly mediator: string;
  readonly colleagueId: string;
}

/** Obeys a frame and leaves its entry, also when it is refused; none of a sign of life, which changes nothing. */
export type AuditFrame = (asked: AskedByFrame, obey: () => Promise<Reply>) => Promise<Reply>;

export function createAuditFrames(auditByPath: AuditByPath): (sender: FrameSender) => AuditFrame {
  const mail = `${colleaguePath}/messages/{message_id}`;
  const audits = {
    send: auditByPath('post', `${mediatorPath}/messages`),
    broadcast: auditByPath('post', `${mediatorPath}/broadcast`),
    ack: auditByPath('post', `${mail}/ack`),
    nack: auditByPath('post', `${mail}/nack`),
    reply: auditByPath('post', `${mail}/reply`),
  };

  return (sender) => async (asked, obey) => {
    const { type } = asked;
    if (type === 'heartbeat') return obey();
    const leave = (status: number, reply?: Reply) => audits[type](toCall(sender, asked), status, reply);
    try {
      const reply = await obey();
      await leave(reply.status, reply);
      return reply;
    } catch (error) {
      await leave(toHttpProblem(error).status);
      throw error;
    }
  };
}

/** The same as by HTTP, with the connection for the request; what the client calls its frame stands behind that. */
function toCall(
  { connectionId, caller, address, headers, mediator, colleagueId }: FrameSender,
  { type, requestId, fields, trace }: AskedByFrame,
) {
  const { id, ...rest } = fields;
  const isMail = type === 'ack' || type === 'nack' || type === 'reply';
  return {
    caller,
    address,
    headers,
    trace,
    url: '',
    requestId: requestId === undefined ? connectionId : `${connectionId}/${requestId}`,
    params: { name: mediator, ...(isMail && { id: colleagueId, ...messageOf(id) }) },
    sentBody: isMail ? rest : { ...fields, sender_id: colleagueId },
  };
}

/** Nothing for what is no id: a frame may hold anything there, of any length. */
function messageOf(id: unknown): { readonly message_id?: string } {
  const { success, data } = mailParams.shape.message_id.safeParse(id);
  return success ? { message_id: data } : {};
}
