import { AppError } from '@fanfare/core';

/**
 * Loads the client library of an adapter when the adapter is first opened: who does not use it need not have it.
 * Throws `invalid`, saying what to install, when it is missing.
 */
export async function importClient(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (cause) {
    throw new AppError('invalid', `the client library is missing or does not load: npm install ${name}`, {
      cause,
    });
  }
}
