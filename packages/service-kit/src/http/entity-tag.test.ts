import { isKnownToClient, isMatch } from './entity-tag';

describe('If-Match', () => {
  it.each(['"3"', '*', ' * ', '"1", "3"', '"3","4"', '"1" , "3" '])(
    '%s lets a change of version 3 through',
    (header) => {
      expect(isMatch(header, 3)).toBe(true);
    },
  );

  it.each(['"2"', 'W/"3"', '3', '"33"', '"1" "3"', '', '"3', '"1", 3', '**'])('%s does not', (header) => {
    expect(isMatch(header, 3)).toBe(false);
  });
});

describe('If-None-Match', () => {
  it.each(['"3"', '*', 'W/"3"', '"1", W/"3"'])('%s says that the client has version 3', (header) => {
    expect(isKnownToClient(header, 3)).toBe(true);
  });

  it.each(['"2"', '3', '', 'W/3', '"1", "2"'])('%s does not', (header) => {
    expect(isKnownToClient(header, 3)).toBe(false);
  });
});
