import { isDeepStrictEqual } from 'node:util';
import { colleagueRegistered, colleagueUnregistered, type TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../create-once';
import { mailboxTopic } from '../mailbox/mailbox';
import type { Part, PartDeps } from '../part';
import { refuse } from '../problems';
import { checkHandles } from './check-handles';
import type { ColleagueChangeBody, NewColleagueBody } from './colleague-schemas';
import { colleagueStore, type Registration } from './colleague-store';
import { countFewer, countOneMore } from './count-limits';
import { lockMediator } from './manage-mediators';
import { mediatorStore } from './mediator-store';
import type { MediatorRow } from './mediator-tables';
import { noSuchColleague } from './not-found';

export type ManageColleaguesDeps = Pick<PartDeps, 'config' | 'clock' | 'newId' | 'announce' | 'waiting'> & {
  /** Whose objects end, or are free again, when their colleague goes. */
  readonly parts: readonly Pick<Part, 'onColleagueUnregistered'>[];
};

/**
 * Registering, changing and unregistering colleagues, each in the transaction of its caller. Whether an endpoint may be
 * called is for the caller to ask before (`requireEndpoint`): no transaction waits for a name server.
 */
export interface ManageColleagues {
  /** Throws `already-exists`, `max-colleagues-reached`, `handler-exists`. */
  register(
    tx: Transaction,
    mediator: string,
    body: NewColleagueBody,
    trace: TraceContext,
  ): Promise<Created<Registration>>;
  /** What waits for the colleague goes by its new settings. Throws `handler-exists`. */
  change(tx: Transaction, mediator: string, id: string, change: ColleagueChangeBody): Promise<void>;
  /** Ends what only the colleague could go on with. */
  unregister(tx: Transaction, mediator: string, id: string, trace: TraceContext): Promise<void>;
}

export function createManageColleagues(deps: ManageColleaguesDeps): ManageColleagues {
  const { clock, newId, announce, waiting, parts } = deps;
  return {
    async register(tx, mediator, body, trace) {
      const row = await lockMediator(tx, mediator);
      const requestHash = hashRequest(body);
      return createOnceIn(tx, {
        noun: 'colleague',
        id: body.id,
        requestHash,
        async find() {
          const object = await colleagueStore.find(tx.queries, row.mediator_key, body.id);
          return object ? { requestHash: object.requestHash, object } : null;
        },
        create: () => insertNew(tx, { row, body, requestHash, trace }, deps),
      });
    },

    async change(tx, mediator, id, change) {
      const row = await lockMediator(tx, mediator);
      const before = await requireRegistration(tx, row, id);
      const after = changeRegistration(before, change);
      // who sets a colleague active vouches for it as its own call would
      if (change.active) await colleagueStore.noteActivity(tx.queries, row.mediator_key, id, clock.now());
      else if (isDeepStrictEqual(after, before)) return;
      await checkHandles(tx, row, after.settings);
      await colleagueStore.update(tx, row.mediator_key, after);
      await mediatorStore.setRevision(tx, row.mediator_key, newId());
      tx.afterCommit(() => {
        waiting.tell(mailboxTopic(row.mediator_key, id));
      });
    },

    async unregister(tx, mediator, id, trace) {
      const row = await lockMediator(tx, mediator);
      await requireRegistration(tx, row, id);
      await colleagueStore.remove(tx, row.mediator_key, id);
      await mediatorStore.setRevision(tx, row.mediator_key, newId());
      for (const part of parts) await part.onColleagueUnregistered?.(tx, row.mediator_key, id);
      await countFewer(tx, 'colleagues', 1);
      announce(tx, colleagueUnregistered, { mediator, colleague_id: id }, trace);
    },
  };
}

interface NewRegistration {
  readonly row: MediatorRow;
  readonly body: NewColleagueBody;
  readonly requestHash: string;
  readonly trace: TraceContext;
}

async function insertNew(
  tx: Transaction,
  { row, body, requestHash, trace }: NewRegistration,
  { config, clock, newId, announce }: ManageColleaguesDeps,
): Promise<Registration> {
  const { active, ...settings } = body;
  const others = await checkHandles(tx, row, settings);
  if (others.length >= config.maxColleaguesPerMediator) {
    throw refuse(
      'max-colleagues-reached',
      `mediator ${row.name} has ${others.length} colleagues, and may not have more`,
    );
  }
  const number = row.registrations + 1;
  const registration = { settings, number, isEnabled: active, lastActivity: clock.now(), requestHash };
  await colleagueStore.insert(tx, row.mediator_key, registration);
  await mediatorStore.setRevision(tx, row.mediator_key, newId(), { registrations: number });
  await countOneMore(tx, 'colleagues', config.maxColleagues);
  const { id, name, type } = settings;
  announce(tx, colleagueRegistered, { mediator: row.name, colleague_id: id, name, type }, trace);
  return registration;
}

async function requireRegistration(tx: Transaction, row: MediatorRow, id: string): Promise<Registration> {
  const registration = await colleagueStore.find(tx.queries, row.mediator_key, id);
  if (!registration) throw noSuchColleague(row.name, id);
  return registration;
}

function changeRegistration(
  before: Registration,
  { active = before.isEnabled, ...change }: ColleagueChangeBody,
): Registration {
  return { ...before, settings: { ...before.settings, ...change }, isEnabled: active };
}
