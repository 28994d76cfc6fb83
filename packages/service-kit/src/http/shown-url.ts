import { isSecret } from '../audit/audit-changes';

/** A URL as it may stand in logs, traces and reports. */
export type ShowUrl = (url: string) => string;

const hidden = '[hidden]';
const secretParameter = /([^/{}]+)\/\{(\w+)\}/g;

/**
 * Hides the values of parameters that are named like secrets: those of the query, and of these paths, wherever the URL
 * leads, since what was sent to the wrong address is a secret all the same.
 */
export function createShowUrl(paths: readonly string[]): ShowUrl {
  const secrets = paths.flatMap((path) => [...path.matchAll(secretParameter)]);
  const before = secrets.filter(([, , name = '']) => isSecret(name)).map(([, segment = '']) => segment);
  const inPath = before.length === 0 ? null : new RegExp(`(/(?:${before.join('|')})/)[^/]+`, 'g');
  return (url) => {
    const queryAt = url.indexOf('?');
    const path = queryAt === -1 ? url : url.slice(0, queryAt);
    const query = queryAt === -1 ? '' : url.slice(queryAt).replace(/([^?&=]*)=[^&]*/g, showParameter);
    return (inPath ? path.replace(inPath, `$1${hidden}`) : path) + query;
  };
}

function showParameter(parameter: string, name: string): string {
  return isSecret(decodeName(name)) ? `${name}=${hidden}` : parameter;
}

/** A name can be written in many ways. */
function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
