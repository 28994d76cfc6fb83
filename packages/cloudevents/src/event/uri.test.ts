import { isAbsoluteUri, isUriReference } from './uri';

const absoluteUris = [
  'https://github.com/cloudevents',
  'https://user:pass%40word@example.com:8443/a/b;c=1?q=%20/?x',
  'http://example.com',
  'http://example.com:',
  'http://192.0.2.1/',
  'http://[2001:db8::1]:80/',
  'http://[::ffff:192.0.2.1]',
  'http://[v1.fe80:a+b]/',
  'mailto:cncf-wg-serverless@lists.cncf.io',
  'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  'file:///etc/hosts',
  'a+b-c.1:x',
  'x:',
];

const relativeReferences = [
  '/sensors/tn-1234567/alerts',
  'cloudevents/spec/pull/123',
  '1-555-123-4567',
  '//authority/path',
  '//',
  '#fragment',
  '#a/b?c:d@e',
  '?query',
  './a:b',
  'a/b:c',
  '..',
  "a!$&'()*+,;=~_",
  '%E2%82%AC',
  '/a//b',
];

const notReferences = [
  'a b',
  ' /a',
  '/a\n',
  '/ä',
  '/a|b',
  '/a"b',
  '/<a>',
  '/a{b}',
  '/a\\b',
  '/a^b`',
  '%',
  '%4',
  '%zz',
  'a#b#c',
  ':a',
  '1a:b',
  'a%20b:c',
  'http://a:b/',
  'http://exa mple.com',
  'http://a@b@c',
  'http://[::1',
  'http://[1::2::3]/',
  'http://[::1%25eth0]/',
  'http://[12]/',
  '/a[b]',
];

describe('URI references', () => {
  it.each([...absoluteUris, ...relativeReferences, `https://example.com/a#b`])('include %s', (text) => {
    expect(isUriReference(text)).toBe(true);
  });

  it.each(notReferences)('do not include %j', (text) => {
    expect(isUriReference(text)).toBe(false);
  });
});

describe('absolute URIs', () => {
  it.each(absoluteUris)('include %s', (text) => {
    expect(isAbsoluteUri(text)).toBe(true);
  });

  it.each([...relativeReferences, ...notReferences, 'https://example.com/a#b', ''])(
    'do not include %j',
    (text) => {
      expect(isAbsoluteUri(text)).toBe(false);
    },
  );
});
