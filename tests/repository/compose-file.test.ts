import { interpolate, parseCompose } from './support/compose-file';

describe('a compose file that nobody could start', () => {
  it.each([
    ['a key that Compose does not know', 'name: x\nservises: {}\nservices: {}\nvolumes: {}'],
    [
      'a service key that is misspelt',
      "name: x\nservices: { a: { image: 'b', port: ['1:1'] } }\nvolumes: {}",
    ],
    ['a variable without a default', "name: x\nservices: { a: { image: '${IMAGE}' } }\nvolumes: {}"],
    [
      'a dollar that is not doubled',
      "name: x\nservices: { a: { image: b, hostname: '$HOME' } }\nvolumes: {}",
    ],
    [
      'a health check that is neither a command nor a shell line',
      'name: x\nservices: { a: { image: b, healthcheck: { test: [ping] } } }\nvolumes: {}',
    ],
    [
      'a duration without a unit',
      "name: x\nservices: { a: { image: b, stop_grace_period: '15' } }\nvolumes: {}",
    ],
    ['a service twice', 'name: x\nservices:\n  a: { image: b }\n  a: { image: c }\nvolumes: {}'],
  ])('is refused: %s', (_mistake, text) => {
    expect(() => parseCompose(text)).toThrow();
  });

  it('is told from one that reads its variables as Compose does', () => {
    expect(interpolate('${A:-x}:${B:-}@$${C}')).toBe('x:@${C}');
  });
});
