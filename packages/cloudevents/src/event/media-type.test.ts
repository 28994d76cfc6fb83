import { isJsonMediaType, isMediaType, isTextMediaType } from './media-type';

const jsonTypes = [
  'application/json',
  'APPLICATION/JSON',
  'text/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/vnd.example+json',
  'application/problem+json ; a="b"',
];
const textTypes = [
  'text/plain',
  'Text/CSV; charset=utf-8; header=present',
  'application/xml',
  'application/atom+xml;type=entry',
  'image/svg+xml',
  'application/x-www-form-urlencoded',
  'application/javascript',
  'application/yaml',
  'application/x-ndjson',
];
const otherTypes = [
  'application/octet-stream',
  'image/png',
  'multipart/form-data; boundary="a; b=\\"c\\""',
  'application/jsonp',
  'application/json-patch',
  'application/x+json+gzip',
  'application/vnd.example; profile="x+json"',
  'application/xmlish',
];

describe('media types', () => {
  it.each([...jsonTypes, ...textTypes, ...otherTypes])('include %s', (text) => {
    expect(isMediaType(text)).toBe(true);
  });

  it.each([
    '',
    'xyz',
    'text/',
    '/plain',
    'text/plain/x',
    'text plain',
    'text/pla in',
    ' text/plain',
    'text/plain;',
    'text/plain;charset',
    'text/plain;charset=',
    'text/plain;=utf-8',
    'text/plain;a="b',
    'text/plain;a="b\n"',
    'text/plain, text/html',
    'text/plän',
    'text/plain\r\nx: y',
  ])('do not include %j', (text) => {
    expect(isMediaType(text)).toBe(false);
  });

  it.each(jsonTypes)('say that data of %s is JSON', (text) => {
    expect([isJsonMediaType(text), isTextMediaType(text)]).toEqual([true, false]);
  });

  it.each(textTypes)('say that data of %s is text', (text) => {
    expect([isJsonMediaType(text), isTextMediaType(text)]).toEqual([false, true]);
  });

  it.each(otherTypes)('say that data of %s is neither', (text) => {
    expect([isJsonMediaType(text), isTextMediaType(text)]).toEqual([false, false]);
  });
});
