/** A variable of `.env.example`. */
export interface ExampleSetting {
  readonly name: string;
  readonly value: string;
  /** The title of the section that it stands in. */
  readonly section: string;
  /** Whether a line in the same group explains it. */
  readonly isExplained: boolean;
}

/** Reads `# --- title`, `# explanation` and `#NAME=value` lines. Throws for any other, such as one that sets something. */
export function parseExample(source: string): readonly ExampleSetting[] {
  const settings: ExampleSetting[] = [];
  let section = '';
  let isExplained = false;
  for (const line of source.split('\n')) {
    const [, name, value = ''] = /^#([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      settings.push({ name, value, section, isExplained });
    } else if (line.startsWith('# --- ')) {
      section = line.slice('# --- '.length);
      isExplained = false;
    } else if (/^# \S/.test(line)) {
      isExplained = true;
    } else if (line !== '') {
      throw new Error(`.env.example has a line that is none of its kinds: ${line}`);
    }
  }
  return settings;
}
