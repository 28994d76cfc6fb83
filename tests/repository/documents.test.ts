import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { exists, listFiles, readText, root } from './support/checkout';

/** What others wrote keeps its links to places of their own. */
const isOurs = (file: string) => !file.startsWith('packages/cloudevents/conformance/');
const documents = listFiles().filter((file) => file.endsWith('.md') && isOurs(file));

describe('the documents', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'TESTING.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])(
    'have a %s',
    (file) => {
      expect(exists(file)).toBe(true);
      expect(readText(file)).toMatch(/^# .+\n/);
    },
  );

  it('grant the MIT licence, as every package says', () => {
    expect(readText('LICENSE')).toMatch(
      /^MIT License\n\nCopyright \(c\) \d{4} .+\n\nPermission is hereby granted, free/,
    );
    const manifests = listFiles().filter((file) => path.basename(file) === 'package.json');
    expect(manifests.filter((file) => !readText(file).includes('"license": "MIT"'))).toEqual([]);
  });

  it('open no port of a container to the network', () => {
    const published = documents.flatMap((document) =>
      [...readText(document).matchAll(/^docker run .*$/gm)].flatMap(([command]) =>
        [...command.matchAll(/ (?:-p|--publish)[ =](\S+)/g)].map(([, ports = '']) => ({ document, ports })),
      ),
    );

    expect(published.length).toBeGreaterThan(0);
    expect(published.filter(({ ports }) => !ports.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('link only to files and headings that exist', () => {
    const links = documents.flatMap((document) => readLinks(document).map((link) => ({ document, link })));

    expect(links.filter(({ document, link }) => !leadsSomewhere(document, link))).toEqual([]);
  });
});

describe('the files in git', () => {
  it('name no folder of a developer', () => {
    const pattern = `(^|[^[:alnum:]_.$}-])/(${['work', 'home', 'root'].join('|')})/`;

    expect(grep(pattern)).toEqual([]);
  });

  it('hold nothing that is built, and no secrets', () => {
    const unwanted =
      /(^|\/)(dist|node_modules|coverage|data|\.run|\.backends)\/|(^|\/)\.env$|\.(pem|key|log|db|tsbuildinfo)$/;

    expect(trackedFiles().filter((file) => unwanted.test(file))).toEqual([]);
  });
});

interface Feature {
  readonly id: string;
  readonly status: string;
  readonly proof: string;
}

describe('docs/features.md', () => {
  const features = readFeatures();

  it.each(Object.entries({ R: 74, P: 46, S: 18, O: 65, E: 76, C: 42, M: 58 }))(
    'answers each promise of table %s once, up to %d',
    (table, last) => {
      const promises = Array.from(
        { length: last },
        (_, index) => `${table}-${String(index + 1).padStart(2, '0')}`,
      );

      expect(features.map(({ id }) => id).filter((id) => id.startsWith(`${table}-`))).toEqual(promises);
    },
  );

  it('tells of each promise where it stands and why one may believe it', () => {
    expect(features.filter(({ status, proof }) => status === '' || proof === '')).toEqual([]);
  });

  it('proves what it claims with a test, or a decision, that exists', () => {
    const claims = features.filter(({ status }) => status.includes('✓'));
    const unproven = claims.filter(
      ({ proof }) => !pathsIn(proof).some((file) => /\.test\.ts$|\.sh$|docs\/decisions\//.test(file)),
    );
    const missing = claims.flatMap(({ id, proof }) =>
      pathsIn(proof)
        .filter((file) => !exists(file))
        .map((file) => ({ id, file })),
    );

    expect(claims.length).toBeGreaterThan(0);
    expect(unproven).toEqual([]);
    expect(missing).toEqual([]);
  });

  it('names tests by words that stand in their files', () => {
    const named = [...features, ...readMendedBugs()].flatMap(({ id, proof }) =>
      testsIn(proof).map((test) => ({ id, ...test })),
    );

    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(({ file, words }) => !exists(file) || !sourceOf(file).includes(words))).toEqual([]);
  });
});

/** The rows `| R-01 | ✓ | path/to/some.test.ts: words of its title |`; further columns belong to the proof. */
function readFeatures(): readonly Feature[] {
  if (!exists('docs/features.md')) return [];
  const rows = readText('docs/features.md').matchAll(/^\|\s*([A-Z]-\d+)\s*\|([^|]*)\|(.*)\|\s*$/gm);
  return [...rows].map(([, id = '', status = '', proof = '']) => ({
    id,
    status: status.trim(),
    proof: proof.trim(),
  }));
}

/** The rows `| 1. what is right here | path/to/some.test.ts: words of its title |`. */
function readMendedBugs(): readonly Pick<Feature, 'id' | 'proof'>[] {
  const rows = readText('docs/features.md').matchAll(/^\|\s*(\d+\. [^|]*)\|(.*)\|\s*$/gm);
  return [...rows].map(([, id = '', proof = '']) => ({ id: id.trim(), proof: proof.trim() }));
}

const pathsIn = (proof: string) =>
  [...proof.matchAll(/[\w.-]+(?:\/[\w.-]+)+\.(?:test\.ts|ts|sh|md|cjs)|\btest\.sh\b/g)].map(([file]) => file);

/** `path/to/some.test.ts: words; other.sh: words – remark`: each file with its words. */
const testsIn = (proof: string) =>
  [
    ...(proof.split(' – ')[0] ?? '').matchAll(/([\w./-]+\.(?:ts|sh)): (.+?)(?=; [\w./-]+\.(?:ts|sh): |$)/g),
  ].map(([, file = '', words = '']) => ({ file, words }));

const sourceOf = (file: string) => readText(file).replaceAll(String.raw`\'`, "'");

function readLinks(document: string): readonly string[] {
  const prose = readText(document)
    .replaceAll(/^(```|~~~)[^]*?^\1/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [file = '', heading] = decodeURIComponent(link).split('#');
  const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file);
  if (!exists(target)) return false;
  return heading === undefined || !target.endsWith('.md') || headingsOf(target).includes(heading);
}

/** The anchors that GitHub makes of a document's headings. */
function headingsOf(document: string): readonly string[] {
  return [...readText(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

const trackedFiles = () =>
  execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');

function grep(pattern: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync('git', ['grep', '-InE', pattern], {
    cwd: root,
    encoding: 'utf8',
  });
  // 1 says that nothing was found
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return stdout.split('\n').filter((line) => line !== '');
}
