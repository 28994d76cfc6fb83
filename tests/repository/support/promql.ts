/** A metric in a query, with the labels by which the query picks or groups its series. */
export interface MetricUse {
  readonly name: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

export interface ReadQuery {
  readonly metrics: readonly MetricUse[];
  /** Labels that the query groups or joins by. */
  readonly groupedBy: readonly string[];
}

const words = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'inf',
  'nan',
]);

/** Finds which metrics and labels a query in PromQL is about. It knows what the files here use, no more. */
export function readQuery(query: string): ReadQuery {
  const groupedBy: string[] = [];
  const ungrouped = query.replaceAll(
    /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_match, labels: string) => {
      groupedBy.push(...labels.split(',').map((label) => label.trim()));
      return ' ';
    },
  );
  const uses = ungrouped
    .replaceAll(/\[[^\]]*\]/g, '')
    .matchAll(/(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\(|\{((?:[^}"]|"[^"]*")*)\})?/g);
  const metrics = [...uses]
    .filter(([, name = '', next]) => next !== '(' && !words.has(name.toLowerCase()))
    .map(([, name = '', , matchers = '']) => ({ name, matchers: readMatchers(matchers) }));
  return { metrics, groupedBy: groupedBy.filter((label) => label !== '') };
}

function readMatchers(text: string): MetricUse['matchers'] {
  return [...text.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
    ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
  );
}
