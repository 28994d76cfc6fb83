// Makes definitions.json, of the kinds of objects in deploy/, from the OpenAPI documents of a version of Kubernetes.
// Go fetches them: node tests/repository/support/kubernetes-api/trim.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const source = 'k8s.io/kubernetes@v1.36.3';
const documents = {
  api__v1_openapi: ['Namespace', 'ConfigMap', 'ServiceAccount', 'Service'],
  apis__apps__v1_openapi: ['Deployment'],
  apis__policy__v1_openapi: ['PodDisruptionBudget'],
  apis__autoscaling__v2_openapi: ['HorizontalPodAutoscaler'],
  'apis__networking.k8s.io__v1_openapi': ['Ingress', 'NetworkPolicy'],
};

/** A schema without texts and defaults, which refuses what it does not know, as strict field validation does. */
function trim(schema) {
  const { description, default: ignored, properties, items, additionalProperties, allOf, ...rest } = schema;
  if (allOf?.length === 1) return trim(allOf[0]);
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !key.startsWith('x-'))),
    ...(rest.$ref && { $ref: rest.$ref.replace('#/components/schemas/', '#/$defs/') }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, trim(one)])),
      additionalProperties: false,
    }),
    ...(additionalProperties && { additionalProperties: trim(additionalProperties) }),
    ...(items && { items: trim(items) }),
  };
}

const module = execFileSync('go', ['mod', 'download', '-json', source], { cwd: tmpdir(), encoding: 'utf8' });
const { Dir: folder } = JSON.parse(module);
const kinds = {};
const $defs = {};

for (const [document, wanted] of Object.entries(documents)) {
  const file = path.join(folder, 'api/openapi-spec/v3', `${document}.json`);
  const { schemas } = JSON.parse(readFileSync(file, 'utf8')).components;

  function take(name) {
    if ($defs[name]) return;
    $defs[name] = trim(schemas[name]);
    for (const [, other] of JSON.stringify($defs[name]).matchAll(/#\/\$defs\/([^"]+)/g)) take(other);
  }

  for (const [name, schema] of Object.entries(schemas)) {
    const [{ group, version, kind } = {}, ...others] = schema['x-kubernetes-group-version-kind'] ?? [];
    if (others.length > 0 || !wanted.includes(kind)) continue;
    delete schema.properties.status; // is not for those who apply it
    schema.required = ['apiVersion', 'kind', 'metadata', ...(schema.required ?? [])];
    kinds[`${group ? `${group}/` : ''}${version} ${kind}`] = name;
    take(name);
  }
}

const $comment = `From api/openapi-spec/v3 of ${source}, (c) The Kubernetes Authors, Apache License 2.0; trimmed by trim.mjs.`;
const lines = Object.entries($defs).map(([name, schema]) => `    "${name}": ${JSON.stringify(schema)}`);
const text = `{
  "$comment": ${JSON.stringify($comment)},
  "kinds": ${JSON.stringify(kinds)},
  "$defs": {
${lines.join(',\n')}
  }
}
`;
writeFileSync(path.join(import.meta.dirname, 'definitions.json'), text);
