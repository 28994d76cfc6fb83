import { parseContentType } from './content-type';

describe('parseContentType', () => {
  it.each([
    ['application/json', 'application/json', 'utf-8'],
    [' Application/JSON ', 'application/json', 'utf-8'],
    ['text/plain; charset=ISO-8859-1', 'text/plain', 'iso-8859-1'],
    ['text/plain;charset="us-ascii"', 'text/plain', 'us-ascii'],
    ['text/plain ;\tversion=1;CharSet=latin1; a=b', 'text/plain', 'latin1'],
    ['text/plain; x="; charset=latin1"', 'text/plain', 'utf-8'],
    ['text/plain; xcharset=latin1', 'text/plain', 'utf-8'],
    ['text/plain; charset', 'text/plain', 'utf-8'],
    ['', '', 'utf-8'],
  ])('reads %j as %s in %s', (contentType, mediaType, charset) => {
    expect(parseContentType(contentType)).toEqual({ mediaType, charset });
  });

  it.each([';', ';a=', ';a="', '; ', '="', '\\"'])('reads a million times %j in linear time', (part) => {
    expect(parseContentType(`a/b;${part.repeat(1_000_000)}`).mediaType).toBe('a/b');
  });
});
