import { externalTitleOf, type EventDefinition } from './define-event';
import { toJsonSchema, type JsonSchema } from './json-schema';
import { isSharedTopic, topicNames, topicOfService, topics, type Topic } from './topics';

/** The catalogue as a Markdown page: a table for each topic, and one for each form in which other programs send events. */
export function describeAsMarkdown(definitions: readonly EventDefinition[]): string {
  const forms = new Set(definitions.flatMap((definition) => externalTitleOf(definition) ?? []));
  return [
    preamble,
    ...topicNames.map((topic) => describeTopic(topic, definitions)),
    outsidePreamble,
    ...[...forms].map((title) => describeForm(title, definitions)),
  ].join('\n');
}

const preamble = `# Events

Generated from the catalogue in \`packages/contracts\`; \`docs/asyncapi.yaml\` is the same for machines.
Every event is a CloudEvent 1.0 whose type is \`com.fanfare.<name>.v<version>\`. \`?\` marks an optional field of its data.
`;

const outsidePreamble = `## From outside

What other programs may hand to the event store (\`POST /api/v1/events\`): no field is required, unknown ones are kept.
Of an event that also travels on a topic, the consumers of the topic never meet this form: they get the one above.
`;

function describeTopic(topic: Topic, definitions: readonly EventDefinition[]): string {
  const rows = definitions
    .filter((definition) => definition.topic === topic)
    .map(({ name, type, summary, schema }) => [
      code(name),
      code(type),
      summary,
      fieldsOf(toJsonSchema(schema)),
    ]);
  const { summary, producer } = topics[topic];
  const parts = isSharedTopic(topic)
    ? ` Each has its own part of it, ${code(topicOfService(topic, '<service>'))}.`
    : '';
  return `## Topic \`${topic}\`\n\n${summary} Sent by ${producer}.${parts}\n\n${table(['name', 'type', 'summary', 'fields'], rows)}`;
}

/** The events that share one external form. */
function describeForm(title: string, definitions: readonly EventDefinition[]): string {
  const family = definitions.filter((definition) => externalTitleOf(definition) === title);
  const fields = family.slice(0, 1).map(({ external }) => fieldsOf(toJsonSchema(external)));
  const rows = family.map(({ name, type, summary, topic }) => [
    code(name),
    code(type),
    summary,
    topic ? code(topic) : '',
  ]);
  return `### ${title}\n\nFields: ${fields.join()}.\n\n${table(['name', 'type', 'summary', 'also on topic'], rows)}`;
}

function fieldsOf({ properties = {}, required = [] }: JsonSchema): string {
  return Object.entries(properties)
    .map(([field, schema]) => `${code(required.includes(field) ? field : `${field}?`)} ${kindOf(schema)}`)
    .join(', ');
}

function kindOf(schema: NonNullable<JsonSchema['items']>): string {
  if (typeof schema === 'boolean' || Array.isArray(schema)) return 'anything';
  if (schema.anyOf) return schema.anyOf.map(kindOf).join(' or ');
  if (schema.enum) return schema.enum.join(' / ');
  if (schema.multipleOf === 0.01) return 'amount';
  if (schema.type === 'array' && schema.items) return `list of ${kindOf(schema.items)}`;
  return schema.format === 'date-time' ? 'time' : [schema.type ?? 'anything'].flat().join(' or ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function code(text: string): string {
  return `\`${text}\``;
}
