import type { RegisteredService, ServiceStatus, Verb } from './service';

type Node = Pick<RegisteredService, 'id' | 'dependencies' | 'status'>;

/**
 * What has to change so that a service runs, or stops, in turn: what it depends on comes before it when it starts, what
 * depends on it when it stops. A depth-first walk (topological sort; dependencies have no cycles), so that of services that
 * do not depend on each other the one registered first comes first.
 */
export function planOrder(services: readonly Node[], id: string, verb: Verb): readonly string[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const order = new Set<string>();
  const seen = new Set<string>();

  function visit(node: Node): void {
    if (seen.has(node.id)) return;
    seen.add(node.id);
    for (const before of beforeOf(node)) visit(before);
    if (needs(node, { verb, isTarget: node.id === id })) order.add(node.id);
  }

  function beforeOf(node: Node): readonly Node[] {
    if (verb === 'stop') return services.filter(({ dependencies }) => dependencies.includes(node.id));
    return node.dependencies.flatMap((dependency) => byId.get(dependency) ?? []);
  }

  const target = byId.get(id);
  if (target) visit(target);
  return [...order];
}

/** What has failed is down: only who asks for it itself stops it once more. */
const toStop: readonly ServiceStatus[] = ['running', 'starting', 'stopping'];

function needs(
  { status }: Node,
  { verb, isTarget }: { readonly verb: Verb; readonly isTarget: boolean },
): boolean {
  if (verb === 'start') return status !== 'running';
  return toStop.includes(status) || (isTarget && status === 'failed');
}

/** Ids of those that depend on a service. */
export function dependentsOf(services: readonly Node[], id: string): readonly string[] {
  return services.filter(({ dependencies }) => dependencies.includes(id)).map((service) => service.id);
}
