import { spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { z } from 'zod';
import { exists, listFiles, readText, root } from './support/checkout';
import { findUnserved, gatherServed, type ServedMetrics } from './support/checked-queries';
import { parseCompose } from './support/compose-file';
import { doSomeWork, hostStreaming, hostSystem, readMetrics, readOperations } from './support/hosted-system';
import { readQuery } from './support/promql';

let served: ServedMetrics;
let operations: readonly string[];
beforeAll(async () => {
  await using system = await hostSystem();
  await using streaming = await hostStreaming();
  await doSomeWork(system);
  operations = [...(await readOperations(system)).values()].flat();
  served = gatherServed([...(await readMetrics(system)), ...(await readMetrics(streaming))]);
}, 120_000);

const { services } = parseCompose(readText('docker-compose.yml'));

const rulesFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^([A-Z][a-z]+)+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string().min(1), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const testsFile = z.looseObject({
  rule_files: z.array(z.string()),
  tests: z.array(
    z.looseObject({
      alert_rule_test: z.array(z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});
const alerts = rulesFile
  .parse(parse(readText('deploy/prometheus/alerts.yml')))
  .groups.flatMap(({ rules }) => rules);

describe('deploy/prometheus/alerts.yml', () => {
  const tests = testsFile.parse(parse(readText('deploy/prometheus/alerts.test.yml')));
  const runbook = readText('docs/runbook.md');

  it('has the alerts that a system of this kind needs, each once', () => {
    const names = alerts.map(({ alert }) => alert);

    expect(names).toEqual(
      expect.arrayContaining([
        ...['ServiceDown', 'EventsLate', 'DeadLetters', 'EventsMissing', 'ObserverBreakersOpen'],
        ...['ServerErrors', 'OutboxStuck', 'ParkedEventsGrow', 'DatabasePoolExhausted', 'MemoryHigh'],
      ]),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(alerts)('asks with $alert for metrics and labels that services serve', ({ expr }) => {
    expect(findUnserved(expr, served)).toEqual([]);
  });

  it.each(alerts)('tells with $alert where the runbook says what to do', ({ alert, annotations }) => {
    const [, section] = runbook.split(`\n### ${alert}\n`);

    expect(annotations.runbook).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
    // what it means, what to look at, and what to do
    expect(section?.split('\n### ')[0]).toMatch(/\*\*Look\*\*[^]+\*\*Do\*\*/);
  });

  it.each(alerts)(
    'is tried out for $alert with numbers that raise it, and with others that do not',
    ({ alert }) => {
      const outcomes = tests.tests
        .flatMap(({ alert_rule_test }) => alert_rule_test)
        .filter(({ alertname }) => alertname === alert)
        .map(({ exp_alerts }) => exp_alerts.length > 0);

      expect(outcomes.sort()).toEqual([false, true]);
    },
  );

  it('leads to routes that services have', () => {
    const named = [...runbook.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^?`]*)[^`]*`/g)].map(
      ([, method = '', path = '']) => `${method.toLowerCase()} ${path}`,
    );

    expect(named.length).toBeGreaterThan(5);
    const isKnown = (route: string) =>
      operations.some((operation) => operation.replace(/\{.*?\}/g, '{}') === route.replace(/\{.*?\}/g, '{}'));
    expect(named.filter((route) => !isKnown(route))).toEqual([]);
  });

  it('leaves nothing in the runbook that no alert leads to', () => {
    const sections = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);

    expect(sections.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  const isInstalled = spawnSync('promtool', ['--version']).status === 0;
  const mustCheck = isInstalled || process.env['REQUIRE_ADAPTERS'] === 'all';
  const itChecks = mustCheck ? it : it.skip;

  itChecks(`raises each alert when it should${mustCheck ? '' : ' (promtool is not installed)'}`, () => {
    const parameters = ['test', 'rules', 'deploy/prometheus/alerts.test.yml'];
    const { status, stdout, stderr } = spawnSync('promtool', parameters, { cwd: root, encoding: 'utf8' });

    expect({ status, said: `${stdout}${stderr}` }).toEqual({
      status: 0,
      said: expect.stringContaining('SUCCESS') as string,
    });
  });
});

const dashboardFile = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z
    .array(
      z.object({
        id: z.int(),
        title: z.string(),
        datasource: z.object({ uid: z.string() }),
        gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
        targets: z.array(z.object({ refId: z.string(), expr: z.string() })).min(1),
      }),
    )
    .min(1),
});
const dashboards = listFiles()
  .filter((file) => file.startsWith('deploy/grafana/dashboards/'))
  .map((file) => ({ file, ...dashboardFile.parse(JSON.parse(readText(file))) }));
const panels = dashboards.flatMap(({ title: dashboard, panels }) =>
  panels.map(({ title, targets }) => ({ dashboard, title, targets })),
);

describe('the dashboards of Grafana', () => {
  const provisioning = 'deploy/grafana/provisioning';

  it.each(panels)('show on $dashboard, $title, what services serve', ({ targets }) => {
    expect(targets.flatMap(({ expr }) => findUnserved(expr, served))).toEqual([]);
  });

  it('are files of their own names, and no panel lies over another', () => {
    expect(dashboards.map(({ file }) => file)).toEqual(
      dashboards.map(({ uid }) => `deploy/grafana/dashboards/${uid}.json`),
    );
    for (const { title, panels } of dashboards) {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
      );
      expect({ title, overlaps: cells.length - new Set(cells).size }).toEqual({ title, overlaps: 0 });
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    }
  });

  it('ask the Prometheus of docker-compose.yml', () => {
    const { datasources } = z
      .object({ datasources: z.array(z.object({ uid: z.string(), url: z.url() })) })
      .parse(parse(readText(`${provisioning}/datasources/prometheus.yml`)));
    const [source] = datasources;

    const { hostname, port } = new URL(source?.url ?? '');
    expect(services[hostname]?.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    const asked = dashboards.flatMap(({ panels }) => panels.map(({ datasource }) => datasource.uid));
    expect([...new Set(asked)]).toEqual([source?.uid]);
  });

  it('lie where Grafana is told to look for them', () => {
    const { providers } = z
      .object({ providers: z.array(z.object({ options: z.object({ path: z.string() }) })) })
      .parse(parse(readText(`${provisioning}/dashboards/fanfare.yml`)));

    expect(services['grafana']?.volumes).toEqual([
      `./${provisioning}:/etc/grafana/provisioning:ro`,
      `./deploy/grafana/dashboards:${providers[0]?.options.path ?? ''}:ro`,
    ]);
    expect(exists(provisioning)).toBe(true);
  });
});

describe('the reader of queries', () => {
  it('finds metrics, labels and groups', () => {
    const query = 'sum by (a, le) (rate(m_bucket{b=~"x{1}|y", c!="z"}[5m])) > 0 and on (d) max(n) > 1e3';

    expect(readQuery(query)).toEqual({
      metrics: [
        {
          name: 'm_bucket',
          matchers: [
            { label: 'b', operator: '=~', value: 'x{1}|y' },
            { label: 'c', operator: '!=', value: 'z' },
          ],
        },
        { name: 'n', matchers: [] },
      ],
      groupedBy: ['a', 'le', 'd'],
    });
  });

  it('leads to what nobody serves', () => {
    expect(findUnserved('rate(orders_made_total[1m])', served)).toEqual(['nobody serves orders_made_total']);
    expect(findUnserved('outbox_pending{group="x"}', served)).toEqual(['outbox_pending has no label group']);
    expect(findUnserved('max by (group) (outbox_pending)', served)).toEqual([
      'nothing has the label group to group by',
    ]);
  });
});
