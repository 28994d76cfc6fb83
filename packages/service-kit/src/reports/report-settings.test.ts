import { reportSettings } from './report-settings';

const day = 24 * 3_600_000;

describe('the settings of reports', () => {
  it.each([
    [{}, false],
    [{ AUTH_MODE: 'disabled' }, false],
    [{ AUTH_MODE: 'jwt' }, true],
    [{ AUTH_MODE: 'jwt', AUDITING_ENABLED: '' }, true],
    [{ AUTH_MODE: 'jwt', AUDITING_ENABLED: 'false' }, false],
    [{ AUDITING_ENABLED: 'true' }, true],
  ])('audit where it is known who calls, unless told otherwise: %j', (env, auditing) => {
    expect(reportSettings(env)).toEqual({ auditing, keepMs: 30 * day });
  });

  it('keep reports in topic logs for as long as they are told', () => {
    expect(reportSettings({ AUDIT_RETENTION: '90d' })).toMatchObject({ keepMs: 90 * day });
  });

  it('refuse what is neither on nor off', () => {
    expect(() => reportSettings({ AUDITING_ENABLED: 'maybe' })).toThrow('must be true or false');
  });
});
