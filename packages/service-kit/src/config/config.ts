import type { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How one piece of configuration is read from the environment.
 * Throws `ConfigError` with everything that is wrong with the variables it looks at.
 */
export type Setting<T> = (env: Environment) => T;

/** The environment does not fit. The message names every bad variable; it never holds the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`the configuration does not fit:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads a whole configuration at once, so that whoever starts a service sees all mistakes in one message.
 * An empty variable counts as one that is not set.
 */
export function readEnvironment<Settings extends Readonly<Record<string, Setting<unknown>>>>(
  settings: Settings,
  env: Environment = process.env,
): { readonly [Key in keyof Settings]: ReturnType<Settings[Key]> } {
  const entries = readAll(
    Object.entries(settings).map(
      ([key, read]) =>
        () =>
          [key, read(env)] as const,
    ),
  );
  return Object.fromEntries(entries) as { [Key in keyof Settings]: ReturnType<Settings[Key]> };
}

/** Runs every reader; throws one `ConfigError` with the problems of all. */
export function readAll<T>(readers: readonly (() => T)[]): T[] {
  const values: T[] = [];
  const problems: string[] = [];
  for (const read of readers) {
    try {
      values.push(read());
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return values;
}

/** The value of the first of `names` that is set and not empty. */
export function lookUp(
  env: Environment,
  ...names: readonly string[]
): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value !== '') return { name, value };
  }
  return undefined;
}

/** A setting that is one variable, under the first of its names that is set, checked by `schema`. */
export function variable<T>(names: string | readonly string[], schema: z.ZodType<T>): Setting<T> {
  const allNames = typeof names === 'string' ? [names] : names;
  return (env) => {
    const found = lookUp(env, ...allNames);
    const result = schema.safeParse(found?.value);
    if (result.success) return result.data;
    const reasons = result.error.issues.map(({ message }) => message).join(', ');
    throw new ConfigError([
      `${found?.name ?? allNames.join(' or ')} ${found ? showValue(found) : 'is not set'}: ${reasons}`,
    ]);
  };
}

const secretName = /pass|secret|token|key|url|uri|credential|observer_brokers/i;

/** A value as it may stand in a message, with the name that tells whether it is a secret. */
export function showValue({ name, value }: { name: string; value: string }): string {
  return secretName.test(name) ? 'is wrong' : `is ${JSON.stringify(value.slice(0, 60))}`;
}
