/** The library that does the cryptography. It is an ES module, which CommonJS can only load like this; off, it costs nothing. */
export function loadJose() {
  return import('jose');
}
