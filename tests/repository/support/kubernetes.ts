import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** The kinds of objects that are in use here, as the API of Kubernetes has them; any other key is a mistake. */

const name = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const labels = z.record(z.string(), z.string());
const port = z.int().min(1).max(65_535);
const amount = z.string().regex(/^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/);
const metadata = z.strictObject({ name, namespace: z.literal('fanfare'), labels });
const selector = z.strictObject({ matchLabels: labels });

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: z.string() }),
  initialDelaySeconds: z.int().optional(),
  periodSeconds: z.int(),
  timeoutSeconds: z.int(),
  failureThreshold: z.int(),
});

const container = z.strictObject({
  name,
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  envFrom: z.array(
    z.union([
      z.strictObject({ configMapRef: z.strictObject({ name }) }),
      z.strictObject({ secretRef: z.strictObject({ name }) }),
    ]),
  ),
  ports: z.array(z.strictObject({ name, containerPort: port })),
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z.strictObject({
    preStop: z.strictObject({ exec: z.strictObject({ command: z.array(z.string()) }) }),
  }),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: amount, memory: amount }),
    limits: z.strictObject({ memory: amount }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
});

const podSpec = z.strictObject({
  serviceAccountName: name,
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: z.int(),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().min(1),
    runAsGroup: z.int().min(1),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  topologySpreadConstraints: z.array(
    z.strictObject({
      maxSkew: z.int().min(1),
      topologyKey: z.string(),
      whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
      labelSelector: selector,
    }),
  ),
  containers: z.tuple([container]),
});

const ingressPath = z.strictObject({
  path: z.string().startsWith('/'),
  pathType: z.enum(['Prefix', 'Exact']),
  backend: z.strictObject({
    service: z.strictObject({ name, port: z.strictObject({ name }) }),
  }),
});

const object = z.discriminatedUnion('kind', [
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Namespace'),
    metadata: z.strictObject({ name: z.literal('fanfare'), labels }),
  }),
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('ConfigMap'),
    metadata,
    data: z.record(z.string(), z.string()),
  }),
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('ServiceAccount'),
    metadata,
    automountServiceAccountToken: z.literal(false),
  }),
  z.strictObject({
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('Deployment'),
    metadata,
    // without `replicas`, which belongs to the autoscaler
    spec: z.strictObject({
      selector,
      strategy: z.strictObject({
        rollingUpdate: z.strictObject({ maxUnavailable: z.int(), maxSurge: z.int() }),
      }),
      template: z.strictObject({
        metadata: z.strictObject({ labels, annotations: labels }),
        spec: podSpec,
      }),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Service'),
    metadata,
    spec: z.strictObject({
      selector: labels,
      ports: z.tuple([z.strictObject({ name, port, targetPort: z.string() })]),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('policy/v1'),
    kind: z.literal('PodDisruptionBudget'),
    metadata,
    spec: z.strictObject({ maxUnavailable: z.int().min(1), selector }),
  }),
  z.strictObject({
    apiVersion: z.literal('autoscaling/v2'),
    kind: z.literal('HorizontalPodAutoscaler'),
    metadata,
    spec: z.strictObject({
      scaleTargetRef: z.strictObject({
        apiVersion: z.literal('apps/v1'),
        kind: z.literal('Deployment'),
        name,
      }),
      minReplicas: z.int().min(1),
      maxReplicas: z.int().min(1),
      metrics: z.array(
        z.strictObject({
          type: z.literal('Resource'),
          resource: z.strictObject({
            name: z.enum(['cpu', 'memory']),
            target: z.strictObject({ type: z.literal('Utilization'), averageUtilization: z.int() }),
          }),
        }),
      ),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('networking.k8s.io/v1'),
    kind: z.literal('Ingress'),
    metadata,
    spec: z.strictObject({
      tls: z.array(z.strictObject({ hosts: z.array(z.string()), secretName: name })),
      rules: z.tuple([
        z.strictObject({
          host: z.string(),
          http: z.strictObject({ paths: z.array(ingressPath) }),
        }),
      ]),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal('networking.k8s.io/v1'),
    kind: z.literal('NetworkPolicy'),
    metadata,
    spec: z.strictObject({
      podSelector: selector,
      policyTypes: z.tuple([z.literal('Ingress')]),
      ingress: z.array(
        z.strictObject({
          ports: z.array(z.strictObject({ protocol: z.literal('TCP'), port: z.union([port, name]) })),
        }),
      ),
    }),
  }),
]);

export type KubernetesObject = z.infer<typeof object>;
export type Kind = KubernetesObject['kind'];
export type ObjectOf<K extends Kind> = Extract<KubernetesObject, { kind: K }>;

/** The objects of a manifest. Throws where the API would refuse one, or ignore a part of it. */
export function parseManifest(source: string): readonly KubernetesObject[] {
  return parseAllDocuments(source, { strict: true, uniqueKeys: true }).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return object.parse(document.toJS());
  });
}

/** Those of one kind. */
export function objectsOf<K extends Kind>(
  objects: readonly KubernetesObject[],
  kind: K,
): readonly ObjectOf<K>[] {
  return objects.filter((one): one is ObjectOf<K> => one.kind === kind);
}
