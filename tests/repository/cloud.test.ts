import { readText } from './support/checkout';
import { ourServices } from './support/our-services';
import { variablesReadBySources } from './support/variables';

const guide = readText('docs/cloud.md');
const rows = [...guide.matchAll(/^\| (`[^|]+) \|(.*)\|$/gm)].map(([, first = '', rest = '']) => ({
  names: [...first.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name),
  offers: rest.split('|').map((cell) => cell.trim()),
}));
const urls = [...guide.matchAll(/^\| [^|`]+ \| `(\w[\w+]*:[^`]+)` \|$/gm)].map(([, url = '']) => url);

/** The variable of each kind of URL. */
const variableOf: Readonly<Record<string, string>> = {
  mysql: 'DATABASE_URL',
  rediss: 'CACHE_URL',
  amqps: 'MESSAGE_BUS_URL',
  'mongodb+srv': 'EVENT_LOG_URL',
  kafka: 'STREAM_URL',
};

describe('docs/cloud.md', () => {
  const [, , eventStore] = ourServices;

  it('names for each resource of the event store, which uses all kinds, what three clouds offer', () => {
    const variables = rows.flatMap(({ names }) => names);

    expect(variables).toEqual(expect.arrayContaining(Object.values(variableOf)));
    expect(variables.filter((name) => !variablesReadBySources().has(name))).toEqual([]);
    for (const { offers } of rows) expect(offers.filter((cell) => cell !== '')).toHaveLength(4);
  });

  it.each(urls)('gives a URL that a service takes: %s', (url) => {
    const variable = variableOf[url.split(':')[0] ?? ''] ?? '';

    expect(eventStore.read({ [variable]: url }).urls).toContain(url);
  });

  it('has a URL of each kind', () => {
    expect(urls.map((url) => url.split(':')[0])).toEqual(Object.keys(variableOf));
  });
});
