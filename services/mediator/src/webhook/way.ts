import type { Called } from './called';
import { createPost, type Post, type PostDeps } from './create-post';
import { createGate, type Gate, type GateDeps } from './gate';

/** How a colleague is reached. */
export interface Way {
  readonly colleague: Called;
  readonly gate: Gate;
  readonly post: Post;
}

/** The way to a colleague by the settings that it has now: the same as before as far as these have not changed. */
export function findWay(before: Way | undefined, colleague: Called, deps: GateDeps & PostDeps): Way {
  if (before && isSameWay(before.colleague, colleague)) return before;
  const isSameGate = before && isSamePlace(before.colleague, colleague);
  const gate = isSameGate ? before.gate : createGate(colleague, deps);
  return { colleague, gate, post: createPost(colleague, gate, deps) };
}

function isSamePlace(one: Called, other: Called): boolean {
  return one.endpoint === other.endpoint && one.handshake === other.handshake;
}

function isSameWay(one: Called, other: Called): boolean {
  return isSamePlace(one, other) && one.secret === other.secret && one.concurrency === other.concurrency;
}
