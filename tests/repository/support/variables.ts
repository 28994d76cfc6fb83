import { environmentOf } from '@fanfare/all-in-one';
import type { Environment } from '@fanfare/service-kit';
import { listFiles, readText } from './checkout';
import { ourServices } from './our-services';

/**
 * The variables that the product reads: the names in its sources, and those that a service is seen to look at, because
 * some names are put together at run time (`DB_HOST`).
 */
export function variablesReadBySources(): ReadonlySet<string> {
  return new Set([...namesInSources(), ...namesLookedAt()]);
}

function namesInSources(): readonly string[] {
  const files = listFiles().filter((file) => /^(packages|services)\/[^/]+\/src\/.*\.ts$/.test(file));
  const productFiles = files.filter((file) => !/\.test\.ts$|\/testing\//.test(file));
  return productFiles.flatMap((file) => {
    const calls = readText(file).matchAll(/\b(?:variable|lookUp)\(([^()]*)/g);
    return [...calls].flatMap(([, parameters = '']) => findNames(parameters));
  });
}

const findNames = (text: string) => [...text.matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map(([, name = '']) => name);

const readers: readonly ((env: Environment) => unknown)[] = ourServices.flatMap(({ name, read }) => [
  read,
  (env) => environmentOf(name, env),
]);

/** What is looked at in an empty environment, and then when each of those variables is set: it may ask for others. */
function namesLookedAt(): readonly string[] {
  return readers.flatMap((read) => {
    const first = recordLooks(read, () => undefined);
    const further = first.flatMap((name) => [
      ...recordLooks(read, (other) => (other === name ? '1' : undefined)),
      ...recordLooks(read, (other) => (other === name || !first.includes(other) ? '1' : undefined)),
    ]);
    return [...first, ...further];
  });
}

/** The variables that a reader looks at where `valueOf` says what each of them is. */
export function recordLooks(
  read: (env: Environment) => unknown,
  valueOf: (name: string) => string | undefined,
): readonly string[] {
  const looked = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get(_target, name) {
        if (typeof name !== 'string') return undefined;
        looked.add(name);
        return valueOf(name);
      },
    },
  );
  try {
    read(env);
  } catch {
    // '1' fits few variables; what was looked at is all that counts
  }
  return [...looked];
}
