/** Why the service closes a connection: codes of its own where those of RFC 6455 say too little, after the HTTP status. */
export const closeCodes = {
  /** RFC 6455, registry of §11.7. */
  internalError: 1011,
  /** The mediator or the colleague has been removed. */
  gone: 4404,
  tooSlow: 4408,
} as const;
