import { readEnvironment } from '@fanfare/service-kit';
import { hostSettings } from '../../packages/service-kit/src/hosting/host-settings';
import { exists, readText } from './support/checkout';
import { objectsOf, parseManifest } from './support/kubernetes';
import { environmentIn, files, find, guide, objects, secrets } from './support/manifests';
import { ourServices } from './support/our-services';
import { variablesReadBySources } from './support/variables';

describe('deploy/kubernetes', () => {
  it('holds nothing but manifests, of which the namespace is applied first', () => {
    expect(files.every((file) => file.endsWith('.yaml'))).toBe(true);
    expect(objects[0]?.kind).toBe('Namespace');
  });

  it('makes each object once', () => {
    const ids = objects.map(({ kind, metadata: { name } }) => `${kind} ${name}`);

    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('has our services and no other', () => {
    const names = ourServices.map(({ name }) => name).sort();

    for (const kind of [
      'Deployment',
      'Service',
      'ServiceAccount',
      'PodDisruptionBudget',
      'HorizontalPodAutoscaler',
    ] as const) {
      expect(
        objectsOf(objects, kind)
          .map(({ metadata }) => metadata.name)
          .sort(),
      ).toEqual(names);
    }
  });

  it('makes everything in one namespace, which takes no pod that asks for more than it needs', () => {
    const { metadata, kind } = find('Namespace', 'fanfare');

    expect(metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    for (const other of objects.filter((one) => one.kind !== kind))
      expect(other.metadata.namespace).toBe(metadata.name);
  });

  it('lets nobody reach a pod but where its service listens', () => {
    const { podSelector, ingress } = find('NetworkPolicy', 'fanfare').spec;

    expect(podSelector.matchLabels).toEqual({ 'app.kubernetes.io/part-of': 'fanfare' });
    expect(ingress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual(['http']);
  });

  it('holds no secrets', () => {
    expect(
      Object.keys(find('ConfigMap', 'fanfare-settings').data).filter((key) =>
        /SECRET|TOKEN|PASS|KEY/.test(key),
      ),
    ).toEqual([]);
    expect(files.filter((file) => /kind: Secret|:\/\/[^\s/]*@/.test(readText(file)))).toEqual([]);
  });
});

describe.each(ourServices)('$name on Kubernetes', ({ name, read }) => {
  const deployment = find('Deployment', name);
  const { template } = deployment.spec;
  const [container] = template.spec.containers;

  it('is found by all that look for its pods', () => {
    const selectors = [
      deployment.spec.selector.matchLabels,
      find('Service', name).spec.selector,
      find('PodDisruptionBudget', name).spec.selector.matchLabels,
      ...template.spec.topologySpreadConstraints.map(({ labelSelector }) => labelSelector.matchLabels),
    ];

    for (const selector of selectors) expect(template.metadata.labels).toMatchObject(selector);
    expect(new Set(selectors.map((selector) => JSON.stringify(selector))).size).toBe(1);
    expect(template.spec.serviceAccountName).toBe(name);
  });

  it('listens where it is asked', () => {
    const { port, host } = read(environmentIn(name));
    const [{ port: served, targetPort }] = find('Service', name).spec.ports;

    expect(host).toBe('0.0.0.0');
    expect(read({}).port).toBe(port);
    expect(served).toBe(port);
    expect(container.ports).toEqual([{ name: targetPort, containerPort: port }]);
    expect(template.metadata.annotations).toMatchObject({
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': String(port),
      'prometheus.io/path': '/metrics',
    });
  });

  it('asks for its life and its readiness where it tells of them', () => {
    const [{ targetPort }] = find('Service', name).spec.ports;

    expect(container.livenessProbe.httpGet).toEqual({ path: '/health/live', port: targetPort });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/health/ready', port: targetPort });
  });

  it('has all settings that it needs, with the secrets of the guide, and none that nobody reads', () => {
    const env = environmentIn(name);
    const known = variablesReadBySources();

    expect(readEnvironment(hostSettings({ isTerminal: false }), env)).toBeDefined();
    const { urls } = read(env);
    expect(urls.filter((url) => url.startsWith('sqlite:') || url.startsWith('memory:'))).toEqual([]);
    expect(
      Object.keys(env).filter(
        (variable) => !known.has(variable) && !['NODE_ENV', 'SERVICE'].includes(variable),
      ),
    ).toEqual([]);
    const sources = container.envFrom.map((source) => ('secretRef' in source ? source.secretRef.name : ''));
    expect(sources.filter((secret) => secret !== '' && !secrets.has(secret))).toEqual([]);
  });

  it('asks services of this namespace for events, on the port where they listen', () => {
    const asked = Object.entries(environmentIn(name)).filter(([, value]) => value.startsWith('http:'));

    expect(asked.length).toBeGreaterThan(0);
    for (const [, value] of asked) {
      const { hostname, port } = new URL(value);
      expect(find('Service', hostname).spec.ports[0].port).toBe(Number(port));
    }
  });

  it('runs the built code of the version of this checkout', () => {
    const { version } = JSON.parse(readText('package.json')) as { version: string };

    expect(container.image).toBe(`fanfare:${version}`);
    expect(guide).toContain(`-t fanfare:${version} `);
    expect(container.command).toEqual(['node', `services/${name}/dist/main.js`]);
    expect(exists(`services/${name}/src/main.ts`)).toBe(true);
  });

  it('is given time to finish what it has begun, and memory for more than its alert', () => {
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(10 + 5);
    expect(container.resources).toEqual({
      requests: { cpu: '250m', memory: '256Mi' },
      limits: { memory: '512Mi' },
    });
  });

  it('runs as nobody in particular, who can write nothing and ask the cluster for nothing', () => {
    const { automountServiceAccountToken, enableServiceLinks, securityContext } = template.spec;

    expect(securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect([automountServiceAccountToken, enableServiceLinks]).toEqual([false, false]);
    expect(find('ServiceAccount', name).automountServiceAccountToken).toBe(false);
  });

  it('is as many as its autoscaling says', () => {
    expect(deployment.spec.replicas).toBeUndefined();
    expect(find('HorizontalPodAutoscaler', name).spec.scaleTargetRef).toEqual({ kind: 'Deployment', name });
  });

  it('stays there while one instance goes, and its consumers have a partition for each instance', () => {
    const { minReplicas, maxReplicas } = find('HorizontalPodAutoscaler', name).spec;

    expect(minReplicas).toBeGreaterThan(find('PodDisruptionBudget', name).spec.maxUnavailable);
    const partitions = Number(environmentIn(name)['ORDERS_PARTITIONS']);
    if (['analytics-service', 'notification-worker'].includes(name))
      expect(maxReplicas).toBeLessThanOrEqual(partitions);
  });
});

describe('a manifest that the API of Kubernetes would not take', () => {
  const [orders = ''] = files.filter((file) => file.endsWith('order-service.yaml')).map(readText);

  it.each([
    [
      'a key that is misspelt',
      'terminationGracePeriodSeconds',
      'terminationGraceSeconds',
      'Unrecognized key',
    ],
    ['a key where it does not belong', '  maxUnavailable: 1\n', '  minReplicas: 1\n', 'Unrecognized key'],
    ['a key that is missing', '  maxReplicas: 6\n', '', 'expected number, received undefined'],
    ['a number where a text belongs', "port: '8080'", 'port: 8080', 'expected string, received number'],
    ['a word that means true', "scrape: 'true'", 'scrape: yes', 'expected string, received boolean'],
    ['a text where a number belongs', 'maxSkew: 1', 'maxSkew: one', 'expected number, received string'],
    ['an old version of an API', 'policy/v1', 'policy/v1beta1', 'policy/v1beta1 PodDisruptionBudget is not'],
    ['a kind that does not exist', 'kind: Deployment\n', 'kind: Deploy\n', 'apps/v1 Deploy is not'],
    ['a key that is there twice', 'maxSkew: 1', 'maxSkew: 1\n          maxSkew: 1', 'unique'],
  ])('is refused: %s', (_mistake, right, wrong, reason) => {
    expect(() => parseManifest(orders)).not.toThrow();
    expect(orders).toContain(right);
    expect(() => parseManifest(orders.replace(right, wrong))).toThrow(reason);
  });
});
