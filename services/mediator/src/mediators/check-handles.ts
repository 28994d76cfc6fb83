import type { Transaction } from '@fanfare/storage';
import { refuse, refuseInput } from '../problems';
import { colleagueStore, type ColleagueSettings, type Registration } from './colleague-store';
import type { MediatorKind } from './mediator';
import type { MediatorRow } from './mediator-tables';

/** In mediators of all other kinds, work of one type has one colleague to go to. */
const kindsOfManyHandlers: ReadonlySet<MediatorKind> = new Set(['event', 'query']);

/**
 * Throws `handler-exists` when another colleague handles one of the types where one may, and `invalid` for a pattern where
 * types are not matched by patterns. Returns the other colleagues.
 */
export async function checkHandles(
  tx: Transaction,
  { mediator_key: key, name, kind }: MediatorRow,
  { id, handles }: Pick<ColleagueSettings, 'id' | 'handles'>,
): Promise<readonly Registration[]> {
  if (kind !== 'event') refusePatterns(handles);
  const others = (await colleagueStore.all(tx.queries, key)).filter(({ settings }) => settings.id !== id);
  if (kindsOfManyHandlers.has(kind)) return others;
  for (const { settings } of others) {
    const taken = settings.handles.find((type) => handles.includes(type));
    if (taken === undefined) continue;
    throw refuse('handler-exists', `${taken} is handled by colleague ${settings.id} of mediator ${name}`);
  }
  return others;
}

function refusePatterns(handles: readonly string[]): void {
  const errors = handles.flatMap((type, index) =>
    type.endsWith('*')
      ? [{ field: `handles[${index}]`, message: 'may end in * in mediators of kind event only' }]
      : [],
  );
  if (errors.length > 0) throw refuseInput(errors);
}
