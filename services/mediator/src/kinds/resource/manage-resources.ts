import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../create-once';
import { fencingFloors } from '../../fencing-floors';
import { requireKind } from '../../mediators/require-kind';
import type { PartDeps } from '../../part';
import { enterResource, resourceTopic, type ResourceAddress } from './find-resource';
import type { NewResourceBody, ResourceChangeBody } from './resource-schemas';
import { resourceStore, type StoredResource } from './resource-store';

/** Creating, changing and removing resources, each in the transaction of its caller. */
export interface ManageResources {
  /** Throws `already-exists`. */
  create(tx: Transaction, mediator: string, body: NewResourceBody): Promise<Created<StoredResource>>;
  change(tx: Transaction, address: ResourceAddress, change: ResourceChangeBody): Promise<void>;
  /** With its leases: whoever holds one finds nothing any more, and whoever waits neither. */
  remove(tx: Transaction, address: ResourceAddress): Promise<void>;
}

export function createManageResources({
  directory,
  newId,
  waiting,
}: Pick<PartDeps, 'directory' | 'newId' | 'waiting'>): ManageResources {
  function tellLater(tx: Transaction, mediatorKey: number, id: string): void {
    tx.afterCommit(() => {
      waiting.tell(resourceTopic(mediatorKey, id));
    });
  }

  return {
    async create(tx, mediator, body) {
      const entry = await directory.enter(tx, mediator);
      requireKind(entry, 'resource');
      const { key } = entry.mediator;
      const { name, id = name } = body;
      const requestHash = hashRequest(body);
      return createOnceIn(tx, {
        noun: 'resource',
        id,
        requestHash,
        async find() {
          const object = await resourceStore.find(tx.queries, key, id);
          return object && { object, requestHash: object.requestHash };
        },
        async create() {
          const created = toNewResource({ ...body, id }, { orderKey: newId(), requestHash });
          await resourceStore.insert(tx, key, created);
          // not before the id is taken: whoever had it has gone then, with all their tokens
          const token = await fencingFloors.find(tx.queries, mediator, 'resource');
          const fenced = { ...created, token };
          if (token > 0) await resourceStore.save(tx, key, fenced);
          return fenced;
        },
      });
    },

    async change(tx, address, body) {
      const { entry, stored } = await enterResource(tx, directory, address);
      const { key } = entry.mediator;
      const { resource } = stored;
      const { name = resource.name, type = resource.type, capacity = resource.capacity } = body;
      const changed = { ...resource, name, type, capacity, usedOutside: body.used ?? resource.usedOutside };
      await resourceStore.save(tx, key, { ...stored, resource: changed });
      tellLater(tx, key, address.id);
    },

    async remove(tx, address) {
      const { entry } = await enterResource(tx, directory, address);
      const { key } = entry.mediator;
      await resourceStore.remove(tx, key, address.id);
      tellLater(tx, key, address.id);
    },
  };
}

function toNewResource(
  { id, name, type, capacity, used }: NewResourceBody & { readonly id: string },
  kept: Pick<StoredResource, 'orderKey' | 'requestHash'>,
): StoredResource {
  return {
    ...kept,
    resource: { id, name, type, capacity, usedOutside: used },
    token: 0,
    lastPlace: 0,
    use: { grants: 0, waitedMs: 0, lastAccess: null },
  };
}
