/**
 * The same check, which knows the last text that passed it and does not look at it again. For what many values have in
 * common; the text is kept until the next one passes.
 */
export function rememberLast(check: (text: string) => boolean): (text: string) => boolean {
  let last: string | undefined;
  return (text) => {
    if (text === last) return true;
    const passes = check(text);
    if (passes) last = text;
    return passes;
  };
}
