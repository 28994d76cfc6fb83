import { z } from 'zod';
import { defineEvent } from './define-event';
import { externalForm, freeObject, text } from './fields';

/** What other programs report about their running. */
export const externalSystemReport = externalForm('ExternalSystemReport', {
  component: z.string(),
  level: z.string(),
  message: z.string(),
  details: freeObject,
});

const defineReport = <const Name extends string>(name: Name, summary: string) =>
  defineEvent({
    topic: 'system',
    name,
    summary,
    data: {
      /** Name of the service, or of the part of it, that reports. */
      component: text,
      level: z.enum(['info', 'warn', 'error', 'fatal']),
      message: text,
      details: freeObject.optional(),
    },
    external: externalSystemReport,
  });

export const systemStartup = defineReport('system.startup', 'A service is ready for work.');
export const systemShutdown = defineReport('system.shutdown', 'A service finished its work and stops.');
export const systemError = defineReport('system.error', 'A service met a failure that needs attention.');
export const systemWarning = defineReport(
  'system.warning',
  'A service met something that may become a failure.',
);
export const systemInfo = defineReport('system.info', 'A service has something to tell.');

export const systemEvents = [systemStartup, systemShutdown, systemError, systemWarning, systemInfo] as const;
