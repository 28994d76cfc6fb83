import { chooseMediaType } from './negotiate';

const offered = ['application/json', 'application/cloudevents+json'] as const;

describe('the media type of an answer', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/cloudevents+json', 'application/cloudevents+json'],
    ['Application/CloudEvents+JSON ; charset=utf-8', 'application/cloudevents+json'],
    ['application/json;q=0.5, application/cloudevents+json', 'application/cloudevents+json'],
    ['application/json, application/cloudevents+json', 'application/json'],
    ['*/*;q=0.1, application/cloudevents+json;q=0.2', 'application/cloudevents+json'],
    ['*/*, application/json;q=0', 'application/cloudevents+json'],
    ['text/html, application/*;q=0.8', 'application/json'],
  ])('for %s is %s', (accept, type) => {
    expect(chooseMediaType(accept, offered)).toBe(type);
  });

  it.each(['text/html', 'application/json;q=0', '', 'application/json;q=2', 'text/*'])(
    'cannot be one of "%s"',
    (accept) => {
      expect(() => chooseMediaType(accept, offered)).toThrow('the answer can be');
    },
  );
});
