import { readConfigFile, type FileSettings, type ReadConfigFileOptions } from './read-config-file';

/** Adds what `CONFIG_FILE` says to the environment of the process, so that whatever reads that finds it. */
export function loadConfigFile(options: ReadConfigFileOptions): FileSettings {
  const settings = readConfigFile(process.env, options);
  Object.assign(process.env, settings.variables);
  return settings;
}
