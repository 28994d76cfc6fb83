import { rememberLast } from './remember-last';

describe('rememberLast', () => {
  it('checks a text again unless it was the last that passed', () => {
    const checked: string[] = [];
    const check = rememberLast((text) => {
      checked.push(text);
      return text !== 'bad';
    });

    expect(['a', 'a', 'bad', 'bad', 'a', 'b', 'b'].map(check)).toEqual([
      true,
      true,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(checked).toEqual(['a', 'bad', 'bad', 'b']);
  });
});
