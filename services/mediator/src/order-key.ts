/** What keys look like that place objects in the order of their creation: UUIDv7 texts. */
export const orderKeyPattern = /^[0-9a-f-]{36}$/;
