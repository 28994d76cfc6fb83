import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readText } from './checkout';

const definitions = z
  .object({
    kinds: z.record(z.string(), z.string()),
    $defs: z.record(z.string(), z.custom<z.core.JSONSchema.JSONSchema>()),
  })
  .parse(JSON.parse(readText('tests/repository/support/kubernetes-api/definitions.json')));

/** What the API of Kubernetes takes, for each `apiVersion kind` in use here; a field that it does not know is refused. */
const taken = new Map(
  Object.entries(definitions.kinds).map(([kind, name]) => [
    kind,
    z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: definitions.$defs }),
  ]),
);

const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

/** Any object that the API takes, with all that it has. */
export type AnyObject = z.infer<typeof anyObject>;

/** The objects of a manifest, in the YAML that the API reads. Throws where it would refuse one, or ignore a part of it. */
export function parseObjects(source: string): readonly AnyObject[] {
  return parseAllDocuments(source, { version: '1.1', strict: true, uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return check(anyObject.parse(document.toJS()));
  });
}

function check(object: AnyObject): AnyObject {
  const id = `${object.apiVersion} ${object.kind}`;
  const schema = taken.get(id);
  if (!schema) throw new Error(`${id} is not among the definitions of Kubernetes' API here`);
  schema.parse(object);
  return object;
}

/** What is read of an object here. */
const texts = z.record(z.string(), z.string());
const metadata = z.object({ name: z.string(), namespace: z.string().optional(), labels: texts });
const selector = z.object({ matchLabels: texts });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const container = z.object({
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  envFrom: z.array(
    z.union([
      z.object({ configMapRef: z.object({ name: z.string() }) }),
      z.object({ secretRef: z.object({ name: z.string() }) }),
    ]),
  ),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  livenessProbe: probe,
  readinessProbe: probe,
  resources: z.json(),
  securityContext: z.json(),
});
const podSpec = z.object({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.boolean(),
  enableServiceLinks: z.boolean(),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.json(),
  topologySpreadConstraints: z.array(z.object({ labelSelector: selector })),
  containers: z.tuple([container]),
});
const ingressPath = z.object({
  path: z.string(),
  pathType: z.string(),
  backend: z.object({ service: z.object({ name: z.string(), port: z.object({ name: z.string() }) }) }),
});

const object = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('Namespace'), metadata }),
  z.object({ kind: z.literal('ConfigMap'), metadata, data: texts }),
  z.object({ kind: z.literal('ServiceAccount'), metadata, automountServiceAccountToken: z.boolean() }),
  z.object({
    kind: z.literal('Deployment'),
    metadata,
    spec: z.object({
      replicas: z.number().optional(),
      selector,
      template: z.object({ metadata: z.object({ labels: texts, annotations: texts }), spec: podSpec }),
    }),
  }),
  z.object({
    kind: z.literal('Service'),
    metadata,
    spec: z.object({
      selector: texts,
      ports: z.tuple([z.object({ name: z.string(), port: z.number(), targetPort: z.string() })]),
    }),
  }),
  z.object({
    kind: z.literal('PodDisruptionBudget'),
    metadata,
    spec: z.object({ maxUnavailable: z.number(), selector }),
  }),
  z.object({
    kind: z.literal('HorizontalPodAutoscaler'),
    metadata,
    spec: z.object({
      scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
      minReplicas: z.number(),
      maxReplicas: z.number(),
    }),
  }),
  z.object({
    kind: z.literal('Ingress'),
    metadata,
    spec: z.object({
      rules: z.tuple([z.object({ host: z.string(), http: z.object({ paths: z.array(ingressPath) }) })]),
    }),
  }),
  z.object({
    kind: z.literal('NetworkPolicy'),
    metadata,
    spec: z.object({
      podSelector: selector,
      ingress: z.array(z.object({ ports: z.array(z.object({ port: z.string() })) })),
    }),
  }),
]);

export type KubernetesObject = z.infer<typeof object>;
export type Kind = KubernetesObject['kind'];
export type ObjectOf<K extends Kind> = Extract<KubernetesObject, { kind: K }>;

/** The objects of a manifest, as far as they are read here. */
export const parseManifest = (source: string): readonly KubernetesObject[] =>
  parseObjects(source).map((one) => object.parse(one));

/** Those of one kind. */
export function objectsOf<K extends Kind>(
  objects: readonly KubernetesObject[],
  kind: K,
): readonly ObjectOf<K>[] {
  return objects.filter((one): one is ObjectOf<K> => one.kind === kind);
}

/** The one of a kind and a name. */
export function findObject<K extends Kind>(
  objects: readonly KubernetesObject[],
  kind: K,
  name: string,
): ObjectOf<K> {
  const found = objectsOf(objects, kind).find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}
