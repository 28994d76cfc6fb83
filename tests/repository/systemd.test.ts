import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exists, readText, root } from './support/checkout';
import { ourServices } from './support/our-services';
import { variablesReadBySources } from './support/variables';

const file = 'deploy/systemd/fanfare@.service';
const unit = readText(file);
const guide = readText('docs/on-premise.md');
const valuesOf = (key: string) =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe(file, () => {
  it('starts the built code of any of our services, where the guide puts it', () => {
    const [program, code = ''] = valuesOf('ExecStart')[0]?.split(' ') ?? [];

    expect(program).toBe('/usr/bin/node');
    expect(guide).toMatch(/^git clone .* \/opt\/fanfare$/m);
    for (const { name } of ourServices) {
      const main = code.replace('/opt/fanfare/', '').replace('%i', name);
      expect(main).toBe(`services/${name}/dist/main.js`);
      expect(exists(main.replace('dist/main.js', 'src/main.ts'))).toBe(true);
      expect(guide).toContain(`fanfare@${name}`);
    }
  });

  it('reads settings from the files that the guide names', () => {
    expect(valuesOf('EnvironmentFile')).toEqual(['-/etc/fanfare/common.env', '-/etc/fanfare/%i.env']);
    expect(guide).toContain('/etc/fanfare/common.env');
    expect(guide).toContain('/etc/fanfare/order-service.env');
    const given = valuesOf('Environment').flatMap((pairs) =>
      pairs.split(' ').map((pair) => pair.split('=')[0] ?? ''),
    );
    const known = variablesReadBySources();
    expect(given.filter((name) => !known.has(name) && name !== 'NODE_ENV')).toEqual([]);
  });

  it('gives a service time to finish what it has begun, and starts it again when it ended', () => {
    expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThan(10);
    expect(valuesOf('Restart')).toEqual(['always']);
  });

  it('lets it write nothing but its data, as a user of its own, and compile', () => {
    expect(valuesOf('User')).toEqual(['fanfare']);
    expect(valuesOf('ProtectSystem')).toEqual(['strict']);
    expect(valuesOf('NoNewPrivileges')).toEqual(['yes']);
    expect(valuesOf('WorkingDirectory')).toEqual([`/var/lib/${valuesOf('StateDirectory')[0] ?? ''}`]);
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
    expect(guide).toContain('useradd --system --home-dir /var/lib/fanfare');
  });

  const isInstalled = spawnSync('systemd-analyze', ['--version']).status === 0;
  const itChecks = isInstalled ? it : it.skip;

  itChecks(
    `is understood by systemd, which finds little exposed${isInstalled ? '' : ' (systemd is not installed)'}`,
    () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-unit-'));
      const copy = path.join(folder, 'fanfare@order-service.service');
      copyFileSync(path.join(root, file), copy);

      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' });
      const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', copy], {
        encoding: 'utf8',
      });

      rmSync(folder, { recursive: true });
      const remarks = verified.stderr
        .split('\n')
        .filter((line) => line.includes(copy) || line.includes('fanfare@'));
      // whether this machine has that Node says nothing of the unit
      expect(remarks.filter((line) => !line.includes('Command /usr/bin/node is not executable'))).toEqual([]);
      expect({ status: judged.status, said: judged.stdout.trim().split('\n').at(-1) }).toMatchObject({
        status: 0,
      });
    },
  );
});
