import { catalogue } from './catalogue';
import type { EventDefinition } from './define-event';

/** Further names that people use, beside the underscore form which every name has (`order_created`). */
const extraAliases: Readonly<Record<string, string>> = { OrderCreated: 'order.created' };

const versionedType = /^com\.fanfare\.(.+)\.v\d+$/;

const newestByName = collectNewest(catalogue);
const typeByAlias = collectAliases(newestByName);

/**
 * The full type that a name (`order.created`), an alias (`order_created`, `OrderCreated`) or a type stands for. A name
 * means its newest version. What the catalogue does not know is opaque and comes back as it is.
 */
export function resolveEventType(nameOrTypeOrAlias: string): string {
  return newestByName.get(nameOrTypeOrAlias)?.type ?? typeByAlias.get(nameOrTypeOrAlias) ?? nameOrTypeOrAlias;
}

/**
 * The name of a full type, of whatever version: `com.fanfare.order.created.v1` → `order.created`. A type whose name the
 * catalogue does not know is its own name, so that `resolveEventType` leads back to it.
 */
export function eventNameOf(type: string): string {
  const name = versionedType.exec(type)?.[1];
  return name !== undefined && newestByName.has(name) ? name : type;
}

function collectNewest(definitions: readonly EventDefinition[]): ReadonlyMap<string, EventDefinition> {
  const newest = new Map<string, EventDefinition>();
  for (const definition of definitions) {
    if (definition.version > (newest.get(definition.name)?.version ?? 0))
      newest.set(definition.name, definition);
  }
  return newest;
}

function collectAliases(newest: ReadonlyMap<string, EventDefinition>): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const { name, type } of newest.values()) aliases.set(name.replace('.', '_'), type);
  for (const [alias, name] of Object.entries(extraAliases)) {
    const definition = newest.get(name);
    if (definition) aliases.set(alias, definition.type);
  }
  return aliases;
}
