import { lookUp, readEnvironment, variable, type Setting } from '../config/config';
import { duration, flag } from '../config/value-schemas';

/** How services report; where this is missing, they do not. */
export interface ReportOptions {
  /** Whether each state-changing call leaves an audit entry. */
  readonly auditing: boolean;
  /** How long reports stay in the topic logs of their services; in the event log they stay for good. */
  readonly keepMs: number;
}

const readSwitch = variable('AUDITING_ENABLED', flag().optional());

/** Whether calls are audited: `AUDITING_ENABLED`; unless it is set, where it is known who calls. */
export const auditingEnabled: Setting<boolean> = (env) =>
  readSwitch(env) ?? lookUp(env, 'AUTH_MODE')?.value === 'jwt';

const settings = {
  auditing: auditingEnabled,
  keepMs: variable('AUDIT_RETENTION', duration().prefault('30d')),
};

/** Reads `AUDITING_ENABLED` and `AUDIT_RETENTION`. */
export const reportSettings: Setting<ReportOptions> = (env) => readEnvironment(settings, env);
