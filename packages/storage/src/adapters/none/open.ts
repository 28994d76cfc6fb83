import { AppError } from '@fanfare/core';
import type { Cache } from '../../cache';

/** Holds nothing, for those who want no cache. */
export function openNoCache(): Cache {
  let isClosed = false;

  function refuseWhenClosed(): void {
    if (isClosed) throw new AppError('unavailable', 'the cache is closed');
  }

  return {
    async get() {
      refuseWhenClosed();
      return null;
    },
    async set() {
      refuseWhenClosed();
      return false;
    },
    async delete() {
      refuseWhenClosed();
    },
    async ping() {
      refuseWhenClosed();
    },
    async close() {
      isClosed = true;
    },
  };
}
