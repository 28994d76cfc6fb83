/**
 * For `node --conditions=source -e <this> <main.ts> …`: what jest does for a test, for a process of its own: compiles on
 * load and finds packages through their `source` export.
 */
export const runFromSource = `
  const { transformSync } = require('@swc/core');
  const { readFileSync } = require('node:fs');
  const options = { module: { type: 'commonjs' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } } };
  require.extensions['.ts'] = (module, filename) =>
    module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
  require(process.argv[1]);
`;
