import { createHash } from 'node:crypto';
import { canonicalise } from './canonical-json';
import { genesis, hashCommit, hashData } from './chain';
import type { StoredEvent } from './commit-store';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the chain', () => {
  it('begins with the hash of nothing', () => {
    expect(genesis.hash).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('hashes a commit as anybody can who canonicalises what it says', () => {
    const attributes = { type: 't', specversion: '1.0', source: '/ö', id: '"1"' };
    const event: StoredEvent = {
      position: 7,
      recordedAtMs: 1_000,
      streamId: 'a "stream"',
      category: 'order',
      version: 3,
      attributes: canonicalise(attributes),
      dataHash: hashData('salt', '{"a":1}'),
      salt: 'salt',
      data: '{"a":1}',
      isBinary: false,
    };
    const apart = { ...event, position: 8, streamId: null, category: null, version: null, isBinary: true };
    const header = {
      position: 7,
      recordedAtMs: 1_000,
      cursors: { 'b/1': 2, a: 1 },
      previousHash: genesis.hash,
    };

    const described = [event, apart].map(({ category, dataHash, isBinary, streamId, version }) => ({
      attributes,
      category,
      dataHash,
      isBinary,
      streamId,
      version,
    }));
    const { previousHash, ...others } = header;
    expect(hashCommit({ ...header, events: [event, apart] })).toBe(
      sha256(previousHash + canonicalise({ ...others, events: described })),
    );
  });

  it('hashes data behind a salt', () => {
    expect(hashData('salt', '{"a":1}')).toBe(sha256('salt{"a":1}'));
  });
});
