import { z } from 'zod';
import { defineRoute, reply, type Route } from '../http/route';
import { logLevels, type LogLevel } from './logger';

/** The level of everything that this process logs. */
export interface LogLevelControl {
  current(): LogLevel;
  set(level: LogLevel): void;
}

/** `apply` hands a new level to the loggers. */
export function createLogLevelControl(first: LogLevel, apply: (level: LogLevel) => void): LogLevelControl {
  let current = first;
  return {
    current: () => current,
    set(level) {
      current = level;
      apply(level);
    },
  };
}

const levelBody = z.strictObject({ level: z.enum(logLevels) });

/** `GET` and `PUT /log-level`: for all services of the process, until it ends. */
export function logLevelRoutes(levels: LogLevelControl): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/log-level',
      role: 'operator',
      summary: 'From which level on lines are logged',
      responses: { 200: levelBody },
      handle: () => reply(200, { level: levels.current() }),
    }),
    defineRoute({
      method: 'put',
      path: '/log-level',
      role: 'operator',
      summary: 'Log more, or less, until the process ends',
      body: levelBody,
      responses: { 200: levelBody },
      handle: ({ body: { level }, log }) => {
        log.warn({ from: levels.current(), to: level }, 'the log level is being changed');
        levels.set(level);
        return reply(200, { level });
      },
    }),
  ];
}
