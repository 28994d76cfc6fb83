import { writeFileSync } from 'node:fs';
import { listFiles, readText } from './support/checkout';
import { lintChart, manifestsOf, missingHelm, readNotes, renderChart, renderObjects } from './support/helm';
import type { AnyObject } from './support/kubernetes';
import { ourServices } from './support/our-services';

const names = ourServices.map(({ name }) => name);
const guide = readText('docs/kubernetes.md');

function find(objects: readonly AnyObject[], kind: string, name: string): AnyObject {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

const countOf = (objects: readonly AnyObject[], kind: string) =>
  objects.filter((one) => one.kind === kind).length;

/** A Deployment whose pods' specification has this. */
const withPodSpec = (spec: object) => ({ spec: { template: { spec } } });
const withContainer = (container: object) => withPodSpec({ containers: [container] });

/** Deployments of all services with the same in their pods. */
function expectOfEach(objects: readonly AnyObject[], expected: object): void {
  for (const name of names) expect(find(objects, 'Deployment', name)).toMatchObject(expected);
}

const describeChart = missingHelm === undefined ? describe : describe.skip;

describeChart(`the Helm chart${missingHelm === undefined ? '' : ` (${missingHelm})`}`, () => {
  it('is clean by helm lint --strict', () => {
    expect(lintChart()).toMatchObject({ status: 0, stderr: '' });
  });

  it('renders the manifests, all but the namespace that must be there before (UPDATE_DOCS=1 writes them)', () => {
    const rendered = manifestsOf(renderObjects());
    if (process.env['UPDATE_DOCS'] === '1') for (const [file, text] of rendered) writeFileSync(file, text);

    const files = listFiles().filter((file) => /^deploy\/kubernetes\/(?!00-)/.test(file));
    expect(Object.fromEntries(files.map((file) => [file, readText(file)]))).toEqual(
      Object.fromEntries(rendered),
    );
  });

  it('takes what the guide sets', () => {
    const sets = [...guide.matchAll(/--set (\w+)\.(\w+)=(\S+)/g)];
    const values = Object.fromEntries(
      sets.map(([, group = '', key = '', value]) => [group, { [key]: value }]),
    );

    expect(sets.length).toBeGreaterThan(0);
    expect(renderChart(values)).toMatchObject({ status: 0, stderr: '' });
  });

  it('tells whoever installs it which secrets it needs, those of the guide, and how to reach it', () => {
    const secrets = [...guide.matchAll(/create secret generic ([\w-]+)/g)].map(([, name]) => name);

    const notes = readNotes()?.split('\n') ?? [];

    expect(notes.filter((line) => secrets.includes(line.trim()))).toHaveLength(1 + names.length);
    expect(notes).toContain('  https://fanfare.example.com');
    expect(readNotes({ ingress: { enabled: false } })).toContain('port-forward service/order-service 8080');
    expect(readNotes({ ingress: { tlsSecret: '' } })).toContain('  http://fanfare.example.com');
  });

  it('makes everything in the namespace of its installation', () => {
    const objects = renderObjects({}, 'shop');

    expect(objects.length).toBeGreaterThan(5 * names.length);
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shop']));
  });

  it('leaves the number of pods to the autoscaler, or to itself where there is none', () => {
    const objects = renderObjects({
      defaults: { autoscaling: { enabled: false } },
      services: {
        mediator: { replicas: 3 },
        'event-store': { autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 9, targetCPU: 50 } },
      },
    });

    expect(find(objects, 'Deployment', 'order-service')).toMatchObject({ spec: { replicas: 2 } });
    expect(find(objects, 'Deployment', 'mediator')).toMatchObject({ spec: { replicas: 3 } });
    expect(find(objects, 'Deployment', 'event-store')).not.toHaveProperty('spec.replicas');
    expect(countOf(objects, 'HorizontalPodAutoscaler')).toBe(1);
    expect(find(objects, 'HorizontalPodAutoscaler', 'event-store')['spec']).toMatchObject({
      minReplicas: 3,
      maxReplicas: 9,
      metrics: [{ resource: { target: { averageUtilization: 50 } } }],
    });
  });

  it('runs the image that it is told', () => {
    const image = { repository: 'registry.example.com/shop/fanfare', tag: '1.2.3', pullPolicy: 'Always' };
    const objects = renderObjects({ image: { ...image, pullSecrets: ['registry'] } });

    expectOfEach(objects, withPodSpec({ imagePullSecrets: [{ name: 'registry' }] }));
    expectOfEach(
      objects,
      withContainer({ image: 'registry.example.com/shop/fanfare:1.2.3', imagePullPolicy: 'Always' }),
    );
  });

  it('runs its own version of the image, which is that of the code', () => {
    const { version } = JSON.parse(readText('package.json')) as { version: string };

    expectOfEach(renderObjects(), withContainer({ image: `fanfare:${version}` }));
    expect(readText('deploy/helm/fanfare/Chart.yaml')).toContain(`\nversion: ${version}\n`);
  });

  it('changes for one service what it is told for one, and keeps the rest', () => {
    const objects = renderObjects({
      services: {
        mediator: { resources: { limits: { memory: '1Gi' } }, livenessProbe: { failureThreshold: 9 } },
      },
    });

    expect(find(objects, 'Deployment', 'mediator')).toMatchObject(
      withContainer({
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
        livenessProbe: { httpGet: { path: '/health/live' }, periodSeconds: 10, failureThreshold: 9 },
      }),
    );
    expect(find(objects, 'Deployment', 'event-store')).toMatchObject(
      withContainer({ resources: { limits: { memory: '512Mi' } }, livenessProbe: { failureThreshold: 6 } }),
    );
  });

  it('passes variables to all services or to one, as texts', () => {
    const objects = renderObjects({
      settings: { LOG_LEVEL: 'debug', ORDERS_PARTITIONS: '8' },
      services: { mediator: { env: { RATE_LIMIT: '1000000' } } },
    });

    expect(find(objects, 'ConfigMap', 'fanfare-settings')['data']).toMatchObject({
      AUTH_MODE: 'jwt',
      LOG_LEVEL: 'debug',
      ORDERS_PARTITIONS: '8',
    });
    expect(find(objects, 'Deployment', 'mediator')).toMatchObject(
      withContainer({ env: [{ name: 'SERVICE_PORT' }, { name: 'RATE_LIMIT', value: '1000000' }] }),
    );
  });

  it('replaces the pods when settings have changed', () => {
    const pods = (values?: unknown) =>
      renderObjects(values)
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ spec }) => JSON.stringify(spec));
    const [before, same, changed] = [
      pods(),
      pods({ settings: { AUTH_MODE: 'jwt' } }),
      pods({ settings: { AUTH_MODE: 'none' } }),
    ];

    expect(before).toHaveLength(names.length);
    expect(same).toEqual(before);
    expect(changed.filter((one) => before.includes(one))).toEqual([]);
  });

  it('tells services where the others are, unless it is told another place', () => {
    const objects = renderObjects({
      settings: { MEDIATOR_FEED_URL: 'https://mediator.example.com' },
      services: { 'event-store': { port: 9000 } },
    });

    expect(find(objects, 'ConfigMap', 'fanfare-settings')['data']).toMatchObject({
      ORDERS_FEED_URL: 'http://order-service:8080',
      EVENT_STORE_URL: 'http://event-store:9000',
      PRIVACY_FEED_URL: 'http://event-store:9000',
      MEDIATOR_FEED_URL: 'https://mediator.example.com',
    });
    expect(find(objects, 'Service', 'event-store')).toMatchObject({ spec: { ports: [{ port: 9000 }] } });
    expect(find(objects, 'Deployment', 'event-store')).toMatchObject(
      withContainer({
        env: [{ name: 'SERVICE_PORT', value: '9000' }],
        ports: [{ name: 'http', containerPort: 9000 }],
      }),
    );
  });

  it('reads the secrets that it is told, and makes none', () => {
    const objects = renderObjects({ secret: 'shop', services: { mediator: { secret: 'shop-mediator' } } });

    const sources = (secret: string) =>
      withContainer({
        envFrom: [{ configMapRef: {} }, { secretRef: { name: 'shop' } }, { secretRef: { name: secret } }],
      });
    expect(find(objects, 'Deployment', 'mediator')).toMatchObject(sources('shop-mediator'));
    expect(find(objects, 'Deployment', 'event-store')).toMatchObject(sources('event-store'));
    expect(countOf(objects, 'Secret')).toBe(0);
  });

  it('shapes the Ingress, or makes none', () => {
    const ingress = { className: 'nginx', annotations: { a: 'b' }, host: 'shop.example.com', tlsSecret: '' };
    const shaped = find(renderObjects({ ingress }), 'Ingress', 'fanfare');

    expect(shaped).toMatchObject({
      metadata: { annotations: { a: 'b' } },
      spec: { ingressClassName: 'nginx', rules: [{ host: 'shop.example.com' }] },
    });
    expect(shaped).not.toHaveProperty('spec.tls');
    expect(countOf(renderObjects({ ingress: { enabled: false } }), 'Ingress')).toBe(0);
  });

  it('lets only those in who are named, or anyone, and makes no budget for disruptions where none is wanted', () => {
    const from = [{ namespaceSelector: { matchLabels: { name: 'gateway' } } }];
    const open = renderObjects({
      networkPolicy: { enabled: false },
      services: { mediator: { disruptionBudget: { enabled: false } } },
    });

    expect(find(renderObjects({ networkPolicy: { from } }), 'NetworkPolicy', 'fanfare')).toMatchObject({
      spec: { ingress: [{ ports: [{ port: 'http' }], from }] },
    });
    expect(countOf(open, 'NetworkPolicy')).toBe(0);
    expect(countOf(open, 'PodDisruptionBudget')).toBe(names.length - 1);
  });

  it('places pods, mounts volumes and annotates as it is told', () => {
    const pod = {
      nodeSelector: { disk: 'fast' },
      tolerations: [{ key: 'shop', operator: 'Exists' }],
      affinity: { podAntiAffinity: {} },
      volumes: [{ name: 'token', secret: { secretName: 'token' } }],
    };
    const volumeMounts = [{ name: 'token', mountPath: '/run/token', readOnly: true }];
    const account = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/shop' };
    const defaults = { ...pod, volumeMounts, podAnnotations: { a: 'b' }, serviceAccountAnnotations: account };

    const objects = renderObjects({ defaults });

    expectOfEach(objects, withPodSpec(pod));
    expectOfEach(objects, withContainer({ volumeMounts }));
    expectOfEach(objects, {
      spec: { template: { metadata: { annotations: { a: 'b', 'prometheus.io/scrape': 'true' } } } },
    });
    for (const name of names)
      expect(find(objects, 'ServiceAccount', name).metadata).toMatchObject({ annotations: account });
  });

  it.each([
    [{ image: { tagg: '1' } }, "at '/image': additional properties 'tagg' not allowed"],
    [{ image: { repository: 'Fanfare' } }, "at '/image/repository': 'Fanfare' does not match pattern"],
    [{ settings: { ORDERS_PARTITIONS: 4 } }, "at '/settings/ORDERS_PARTITIONS': got number, want string"],
    [{ settings: { 'log-level': 'debug' } }, "'log-level' does not match pattern"],
    [{ services: { orders: { port: 8080 } } }, "at '/services': additional properties 'orders' not allowed"],
    [{ services: { mediator: { port: 80 } } }, "at '/services/mediator/port': minimum: got 80, want 1,024"],
    [{ services: { mediator: { replicas: 0 } } }, "at '/services/mediator/replicas': minimum: got 0, want 1"],
    [{ defaults: { resources: { limits: { memory: 'much' } } } }, "'much' does not match pattern"],
    [{ defaults: { terminationGracePeriodSeconds: 5 } }, 'minimum: got 5, want 15'],
    [{ ingress: { enabled: 'yes' } }, "at '/ingress/enabled': got string, want boolean"],
    [{ settings: { JWT_SECRET: 'a' } }, 'settings.JWT_SECRET is secret: put it into a secret'],
    [{ settings: { CACHE_URL: 'redis://:a@b' } }, 'settings.CACHE_URL is secret: put it into a secret'],
    [
      { services: { mediator: { env: { SERVICE_TOKEN: 'a' } } } },
      'services.mediator.env.SERVICE_TOKEN is secret: put it into a secret',
    ],
  ])('refuses %j and says why', (values, reason) => {
    const { status, stdout, stderr } = renderChart(values);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(reason);
  });

  it('is held to the schemas of Kubernetes also where values are of a form of their own', () => {
    const values = { defaults: { tolerations: [{ keyy: 'shop' }] } };

    expect(renderChart(values).status).toBe(0);
    expect(() => renderObjects(values)).toThrow('Unrecognized key');
  });
});
