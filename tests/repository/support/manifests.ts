import { listFiles, readText } from './checkout';
import { environmentOf, parseDockerfile } from './dockerfile';
import { findObject, parseManifest, type Kind } from './kubernetes';

/** The manifests of this checkout. */
export const files = listFiles().filter((file) => file.startsWith('deploy/kubernetes/'));
export const objects = files.flatMap((file) => parseManifest(readText(file)));
export const guide = readText('docs/kubernetes.md');

/** The object of a kind and a name; throws when there is none. */
export const find = <K extends Kind>(kind: K, name: string) => findObject(objects, kind, name);

/** The secrets that the guide has people make. */
export const secrets = new Map(
  [...guide.matchAll(/create secret generic ([\w-]+)((?: \\\n +--from-literal=\S+)+)/g)].map(
    ([, name = '', literals = '']) => [
      name,
      Object.fromEntries(
        [...literals.matchAll(/--from-literal=([A-Z_]+)=(\S+)/g)].map(([, key = '', value = '']) => [
          key,
          value,
        ]),
      ),
    ],
  ),
);

/** The environment in which the container of a service runs. */
export function environmentIn(service: string): Readonly<Record<string, string>> {
  const [container] = find('Deployment', service).spec.template.spec.containers;
  const image = environmentOf(
    parseDockerfile(readText('deploy/Dockerfile')).at(-1) ?? { name: '', base: '', instructions: [] },
  );
  const given = container.envFrom.map((source) =>
    'configMapRef' in source
      ? find('ConfigMap', source.configMapRef.name).data
      : (secrets.get(source.secretRef.name) ?? {}),
  );
  const own = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
  return Object.assign({}, image, ...given, own) as Record<string, string>;
}
