import type { Colleague } from './colleague';
import type { MediatorEntry } from './directory';

/** Whether a colleague takes a type. A pattern that ends in `*` takes what begins like it. */
export function takes({ handles }: Pick<Colleague, 'handles'>, type: string): boolean {
  return handles.some((pattern) =>
    pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type,
  );
}

/** All who take a type, the longest registered first. */
export function findHandlers({ colleagues }: MediatorEntry, type: string): readonly Colleague[] {
  return [...colleagues.values()].filter((colleague) => takes(colleague, type));
}

/** Who does a piece of work: the one that was named, or else the one who takes its type; undefined when nobody is there. */
export function findHandler(
  entry: MediatorEntry,
  { handlerId, type }: { readonly handlerId?: string | undefined; readonly type: string },
): Colleague | undefined {
  return handlerId === undefined ? findHandlers(entry, type)[0] : entry.colleagues.get(handlerId);
}
