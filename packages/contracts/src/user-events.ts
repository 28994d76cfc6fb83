import { z } from 'zod';
import { defineExternalEvent } from './define-event';
import { externalForm, freeObject, sensitive } from './fields';

/** Users as other programs tell of them: the fields of every documented form. */
export const externalUser = externalForm('ExternalUser', {
  user_id: z.string(),
  email: sensitive(z.string()),
  name: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  role: z.string(),
  status: z.string(),
  action: z.string(),
  changes: freeObject,
  updated_by: z.string(),
  deleted_by: z.string(),
  reason: z.string(),
});

const defineUser = <const Name extends string>(name: Name, summary: string) =>
  defineExternalEvent({ name, summary, data: externalUser });

export const userCreated = defineUser('user.created', 'A user was registered.');
export const userUpdated = defineUser('user.updated', 'Something about a user changed.');
export const userDeleted = defineUser('user.deleted', 'A user was removed.');
export const userActivated = defineUser('user.activated', 'A user may act again.');
export const userDeactivated = defineUser('user.deactivated', 'A user may no longer act.');

export const userEvents = [userCreated, userUpdated, userDeleted, userActivated, userDeactivated] as const;
