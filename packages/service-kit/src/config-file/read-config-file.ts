import { readFileSync } from 'node:fs';
import { toError } from '@fanfare/core';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError, lookUp, readAll, showValue, type Environment } from '../config/config';
import { configKeys, type ConfigKey, type MeaningfulKey } from './keys';

/** What a file says, in variables. */
export interface FileSettings {
  /** Those that the environment does not have. */
  readonly variables: Readonly<Record<string, string>>;
  /** Adds to problems with these variables which key of the file they came from. */
  readonly nameKeys: (error: ConfigError) => ConfigError;
  /** Keys that stand in the file and change nothing. */
  readonly withoutEffect: readonly string[];
}

export interface ReadConfigFileOptions {
  /** Whether one service runs in this process: several cannot share a port or a database. */
  readonly isAlone: boolean;
}

interface FoundKey {
  readonly path: string;
  readonly key: ConfigKey;
  readonly value: unknown;
}

interface Assignment {
  readonly path: string;
  readonly variable: string;
  readonly value: string;
}

/**
 * Reads the YAML file that `CONFIG_FILE` names, with the keys of `configKeys`; without that variable nothing is read. What
 * the environment says wins, by whatever name. Throws `ConfigError` naming every key that is unknown or does not fit.
 */
export function readConfigFile(env: Environment, { isAlone }: ReadConfigFileOptions): FileSettings {
  const file = lookUp(env, 'CONFIG_FILE')?.value;
  if (file === undefined) return { variables: {}, nameKeys: (error) => error, withoutEffect: [] };
  const problem = (text: string) => new ConfigError([`${file}: ${text}`]);
  const found = findKeys(parseYaml(file), problem);
  const canSet = (key: ConfigKey): key is MeaningfulKey =>
    'sets' in key && (isAlone || key.isOfOneService !== true);
  const read = readAll(
    found.map(
      ({ path, key, value }) =>
        () =>
          canSet(key) ? assign(path, key, value, problem) : [],
    ),
  ).flat();
  const settled = settle(read, problem);
  requireRedis(found, env, problem);
  const given = settled.filter(({ variable, path }) => !isGiven(env, variable, configKeys[path]));
  return {
    variables: Object.fromEntries(given.map(({ variable, value }) => [variable, value])),
    nameKeys: ({ problems }) => new ConfigError(problems.map((each) => withOrigin(each, given, file))),
    withoutEffect: found.filter(({ key }) => !canSet(key)).map(({ path }) => path),
  };
}

type Problem = (text: string) => ConfigError;

function parseYaml(file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(readText(file), { prettyErrors: false, lineCounter: lines });
  // the library's own, prettier message shows the line, which may hold a password
  const problems = document.errors.map(
    ({ pos: [start], message }) => `${file} line ${lines.linePos(start).line}: ${message}`,
  );
  if (problems.length > 0) throw new ConfigError(problems);
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError([`${file}: ${toError(error).message}`]);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new ConfigError([`CONFIG_FILE is ${JSON.stringify(file)}: the file cannot be read (${code})`]);
  }
}

const sections = new Set(
  Object.keys(configKeys).flatMap((path) =>
    path
      .split('.')
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join('.')),
  ),
);

/** Every key of the file that has a value; throws with all that are unknown. */
function findKeys(root: unknown, problem: Problem): readonly FoundKey[] {
  const problems: string[] = [];

  function walk(section: object, prefix: string): FoundKey[] {
    return Object.entries(section).flatMap(([name, value]: [string, unknown]) => {
      const path = prefix + name;
      const key = Object.hasOwn(configKeys, path) ? configKeys[path] : undefined;
      if (value === null || (key && value === '')) return [];
      if (key) return [{ path, key, value }];
      if (sections.has(path) && isMap(value)) return walk(value, `${path}.`);
      problems.push(...problem(whyNot(path)).problems);
      return [];
    });
  }

  if (root === null) return [];
  if (!isMap(root)) throw problem('must hold keys and values, like `max_events: 1000`');
  const found = walk(root, '');
  if (problems.length > 0) throw new ConfigError(problems);
  return found;
}

function whyNot(path: string): string {
  return sections.has(path)
    ? `${path} must hold keys and values of its own`
    : `${path} is no key that is known; take it out, or see docs/configuration.md for those that are`;
}

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function assign(path: string, key: MeaningfulKey, value: unknown, problem: Problem): readonly Assignment[] {
  const result = key.as.safeParse(value);
  if (!result.success) {
    const reasons = [...new Set(result.error.issues.map(({ message }) => message))].join(', ');
    const shown = showValue({ name: path, value: typeof value === 'string' ? value : JSON.stringify(value) });
    throw problem(`${path} ${shown}: ${reasons}`);
  }
  const { data } = result;
  if (data === undefined) return [];
  return key.sets.map((variable) => ({ path, variable, value: data }));
}

/** One assignment of each variable; throws for keys that contradict each other. */
function settle(assignments: readonly Assignment[], problem: Problem): readonly Assignment[] {
  const settled = new Map<string, Assignment>();
  const problems: string[] = [];
  for (const next of assignments) {
    const before = settled.get(next.variable);
    if (before && before.value !== next.value) {
      problems.push(
        ...problem(`${before.path} and ${next.path} say different things; keep one of them`).problems,
      );
    }
    settled.set(next.variable, before ?? next);
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return [...settled.values()];
}

/** Nobody could tell that such a cache is a private one in memory. */
function requireRedis(found: readonly FoundKey[], env: Environment, problem: Problem): void {
  const has = (path: string) => found.some((key) => key.path === path);
  const isWanted = found.some(({ path, value }) => path === 'cache.type' && value === 'redis');
  if (!isWanted || has('redis.host') || has('database.redis.host')) return;
  if (lookUp(env, 'CACHE_URL', 'REDIS_URL', 'REDIS_HOST')) return;
  throw problem('cache.type is redis: say where it is, as redis.host or database.redis.host');
}

function isGiven(env: Environment, variable: string, key: ConfigKey | undefined): boolean {
  const others = key && 'yieldsTo' in key ? (key.yieldsTo ?? []) : [];
  return lookUp(env, variable, ...others) !== undefined;
}

function withOrigin(problem: string, assignments: readonly Assignment[], file: string): string {
  const origin = assignments.find(({ variable }) => problem.startsWith(`${variable} `));
  return origin ? `${problem} (it is ${origin.path} in ${file})` : problem;
}
