import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { describeAsAsyncApi } from './asyncapi';
import { describeAsMarkdown } from './event-reference';
import { catalogue } from './index';
import { readSamples } from './testing';

const folder = join(__dirname, '../../../docs');
const mustUpdate = process.env['UPDATE_DOCS'] === '1';
const asyncApi = describeAsAsyncApi({ definitions: catalogue, samples: readSamples() });

describe('the documents that are made from the catalogue (UPDATE_DOCS=1 writes them)', () => {
  it.each([
    ['asyncapi.yaml', stringify(asyncApi, { aliasDuplicateObjects: false, lineWidth: 0, singleQuote: true })],
    ['events.md', describeAsMarkdown(catalogue)],
  ])('%s says what the catalogue says', (file, expected) => {
    const path = join(folder, file);
    if (mustUpdate) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path, expected);
    }

    expect(readFileSync(path, 'utf8')).toBe(expected);
  });
});

describe('the AsyncAPI document', () => {
  it('points only at parts of itself that exist', () => {
    const references = [...JSON.stringify(asyncApi).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    );

    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((path) => partAt(asyncApi, path) === undefined)).toEqual([]);
  });

  it('has each event as a message of the channel on which it travels', () => {
    const misplaced = catalogue.filter(({ name, version, topic = 'eventStore' }) => {
      const message = topic === 'eventStore' ? `${name}.v${version}.external` : `${name}.v${version}`;
      return partAt(asyncApi, `channels/${topic}/messages/${message}`) === undefined;
    });

    expect(misplaced).toEqual([]);
  });
});

function partAt(document: unknown, path: string): unknown {
  return path
    .split('/')
    .reduce((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);
}
