import { toError } from '@fanfare/core';
import { z } from 'zod';
import { ConfigError, readEnvironment, variable, type Setting } from '../config/config';
import { readTokenFile } from './file-token';
import type { GivenToken } from './service-token';

const settings = {
  token: variable('SERVICE_TOKEN', z.string().optional()),
  file: variable('SERVICE_TOKEN_FILE', z.string().optional()),
};

/** Reads `SERVICE_TOKEN` or `SERVICE_TOKEN_FILE`, which must hold one from the start. */
export const givenToken: Setting<GivenToken | undefined> = (env) => {
  const { token, file } = readEnvironment(settings, env);
  if (token !== undefined && file !== undefined) {
    throw new ConfigError(['SERVICE_TOKEN and SERVICE_TOKEN_FILE are both set: leave one of them out']);
  }
  if (file === undefined) return token === undefined ? undefined : { token };
  try {
    readTokenFile(file);
  } catch (error) {
    throw new ConfigError([`SERVICE_TOKEN_FILE is ${JSON.stringify(file)}: ${toError(error).message}`]);
  }
  return { file };
};
