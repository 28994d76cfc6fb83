import { spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseCompose } from './support/compose-file';
import { readText, root } from './support/checkout';
import { ourServices } from './support/our-services';

const file = 'deploy/prometheus/prometheus.yml';

/** The settings that are in use; any other is a mistake. */
const settings = z.strictObject({
  global: z.strictObject({
    scrape_interval: z.string(),
    scrape_timeout: z.string(),
    evaluation_interval: z.string(),
  }),
  rule_files: z.tuple([z.literal('alerts.yml')]),
  scrape_configs: z.array(
    z.strictObject({
      job_name: z.string(),
      static_configs: z.array(z.strictObject({ targets: z.array(z.string()) })),
    }),
  ),
});

const { scrape_configs } = settings.parse(parse(readText(file)));

describe('deploy/prometheus/prometheus.yml', () => {
  it('has the metrics of every service collected, where the containers listen', () => {
    const { services } = parseCompose(readText('docker-compose.yml'));
    const listening = ourServices.map(
      ({ name, read }) => `${name}:${String(read(services[name]?.environment ?? {}).port)}`,
    );

    const targets = scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((group) => group.targets),
    );

    expect(targets.sort()).toEqual(listening.sort());
  });

  const isInstalled = spawnSync('promtool', ['--version']).status === 0;
  const mustCheck = isInstalled || process.env['REQUIRE_ADAPTERS'] === 'all';
  const itChecks = mustCheck ? it : it.skip;

  itChecks(`is accepted by Prometheus${mustCheck ? '' : ' (promtool is not installed)'}`, () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'config', file], {
      cwd: root,
      encoding: 'utf8',
    });

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
