/** One line of a Dockerfile, continuation lines joined. */
export interface Instruction {
  /** `FROM`, `COPY`, `RUN`… in capitals. */
  readonly keyword: string;
  /** The `--name=value` options in front of the rest. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages of a Dockerfile. Throws where something stands in front of the first `FROM`. */
export function parseDockerfile(source: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(source)) {
    if (instruction.keyword === 'FROM') {
      const [base = '', as, name = String(stages.length)] = instruction.text.split(/\s+/);
      if (as !== undefined && as.toUpperCase() !== 'AS')
        throw new Error(`not a FROM line: ${instruction.text}`);
      stages.push({ name, base, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (!stage) throw new Error(`${instruction.keyword} stands in front of the first FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

function readInstructions(source: string): readonly Instruction[] {
  const withoutComments = source.replaceAll(/^\s*#.*\n?/gm, '');
  const lines = withoutComments.replaceAll(/\s*\\\n\s*/g, ' ').split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(readInstruction);
}

function readInstruction(line: string): Instruction {
  const [, keyword = '', options = '', text = ''] = /^(\S+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
  if (keyword === '') throw new Error(`not an instruction: ${line}`);
  return { keyword: keyword.toUpperCase(), flags: readFlags(options), text };
}

function readFlags(options: string): Readonly<Record<string, string>> {
  const flags = options.matchAll(/--([a-z-]+)(?:=(\S+))?/g);
  return Object.fromEntries([...flags].map(([, name = '', value = '']) => [name, value] as const));
}

/** All instructions of a kind, in order. */
export const instructionsOf = ({ instructions }: Stage, keyword: string): readonly Instruction[] =>
  instructions.filter((instruction) => instruction.keyword === keyword);

/** What a COPY line copies, and where to. */
export function readCopy({ text, flags }: Instruction) {
  const places = text.split(/\s+/);
  return { from: flags['from'], sources: places.slice(0, -1), target: places.at(-1) ?? '' };
}

/** The variables that a stage sets for whatever runs in it, where nobody gives its arguments other values. */
export function environmentOf(stage: Stage): Readonly<Record<string, string>> {
  const values = pairsOf(stage, 'ARG');
  return Object.fromEntries(
    Object.entries(pairsOf(stage, 'ENV')).map(([name, value]) => [
      name,
      value.replaceAll(/\$(\w+)/g, (_match, argument: string) => values[argument] ?? ''),
    ]),
  );
}

function pairsOf(stage: Stage, keyword: 'ARG' | 'ENV'): Readonly<Record<string, string>> {
  const pairs = instructionsOf(stage, keyword).flatMap(({ text }) => text.split(/\s+/));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** The words of an exec-form command, `["node", "main.js"]`. Throws for the shell form, which hides signals from it. */
export function readExecForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
    throw new Error(`not an exec-form command: ${text}`);
  }
  return words;
}

/** Whether a `.dockerignore` keeps a path out of the build context. Knows `name`, `a/b`, `*` and a leading `**` only. */
export function createIgnoreRule(dockerignore: string): (file: string) => boolean {
  const patterns = dockerignore
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const rules = patterns.map((pattern) => {
    if (pattern.startsWith('!')) throw new Error(`exceptions are not known here: ${pattern}`);
    const anywhere = pattern.startsWith('**/');
    const rest = (anywhere ? pattern.slice(3) : pattern).replace(/\/$/, '');
    const name = rest.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
    return new RegExp(`^${anywhere ? '(?:.*/)?' : ''}${name}(?:/|$)`);
  });
  return (file) => rules.some((rule) => rule.test(file));
}
