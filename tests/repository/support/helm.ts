import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { root } from './checkout';
import { parseObjects, type AnyObject } from './kubernetes';

const caches = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
/** Where `make backends-install` puts helm, if the machine has none. */
const installed = path.join(process.env['FANFARE_CACHE'] ?? path.join(caches, 'fanfare'), 'bin');

const chart = 'deploy/helm/fanfare';

/** As programs in Go read it, to whom `yes` is no text. */
const yaml = { version: '1.1', singleQuote: true, lineWidth: 0 } as const;

/** Runs helm; `values` are those that one gives by `--values`. */
function runHelm(parameters: readonly string[], values: unknown = {}) {
  const { status, stdout, stderr } = spawnSync('helm', parameters, {
    cwd: root,
    encoding: 'utf8',
    input: stringify(values, yaml),
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${installed}`, KUBECONFIG: '/dev/null' },
  });
  return { status, stdout, stderr };
}

/** Why no test of the chart can run here; undefined where they must. */
export const missingHelm =
  runHelm(['version']).status === 0 || process.env['REQUIRE_ADAPTERS'] === 'all'
    ? undefined
    : 'helm is not installed';

export const lintChart = () => runHelm(['lint', '--strict', chart]);

export const renderChart = (values?: unknown, namespace = 'fanfare') =>
  runHelm(['template', 'fanfare', chart, '--namespace', namespace, '--values', '-'], values);

/** What helm tells whoever has installed the chart. */
export const readNotes = (values?: unknown) =>
  runHelm(
    ['install', 'fanfare', chart, '--namespace', 'fanfare', '--dry-run=client', '--values', '-'],
    values,
  )
    .stdout.split('\nNOTES:\n')
    .at(-1);

/** The objects of the chart, each of which the API of Kubernetes takes. */
export function renderObjects(values?: unknown, namespace?: string): readonly AnyObject[] {
  const { status, stdout, stderr } = renderChart(values, namespace);
  if (status !== 0) throw new Error(stderr);
  return parseObjects(stdout);
}

const header =
  '# Rendered from deploy/helm/fanfare by `UPDATE_DOCS=1 npx jest tests/repository/helm`; change it there.\n';

/** The manifests that hold these objects, by their file in `deploy/kubernetes`: one for each service, and the others. */
export function manifestsOf(objects: readonly AnyObject[]): ReadonlyMap<string, string> {
  const manifests = new Map<string, string>();
  for (const object of objects) {
    const file = `deploy/kubernetes/${fileOf(object)}.yaml`;
    const before = manifests.get(file);
    const text = stringify(object, yaml);
    manifests.set(file, before === undefined ? `${header}${text}` : `${before}---\n${text}`);
  }
  return manifests;
}

const files: Readonly<Record<string, string>> = {
  ConfigMap: '01-settings',
  Ingress: 'ingress',
  NetworkPolicy: 'network-policy',
};

function fileOf({ kind, metadata: { name } }: AnyObject): string {
  return files[kind] ?? name;
}
