import { createValidate } from '@fanfare/service-kit';
import type { Transaction } from '@fanfare/storage';
import { transactOnce } from '../../create-once';
import { bodyLimitOf } from '../../message-size';
import type { Part, PartDeps } from '../../part';
import type { Definitions } from './definitions/definitions';
import { createEvaluate } from './definitions/expressions';
import { createEngine } from './runs/create-engine';
import type { RunListener } from './runs/engine';
import { createPruneRuns } from './runs/prune-runs';
import { runRoutes, startedReply } from './runs/run-routes';
import { newRunSchema } from './runs/run-schemas';
import { runStore } from './runs/run-store';
import { connectRuns } from './runs/run-work';
import { createUseRuns, type UseRuns } from './runs/use-runs';

export type WorkflowsDeps = PartDeps & { readonly definitions: Definitions };

/** Runs of workflows: by HTTP, and for those who begin or follow them in other ways. */
export interface Workflows extends Part, UseRuns {
  /** What `POST …/workflows` takes. */
  readonly newRunBody: ReturnType<typeof newRunSchema>;
  /** Hears what happens to all runs from now on. */
  onRunEvents(listener: RunListener): void;
}

export function createWorkflows(deps: WorkflowsDeps): Workflows {
  const { config, database, directory, clock } = deps;
  const listeners: RunListener[] = [];
  const engine = createEngine({ ...deps, listeners });
  const useRuns = createUseRuns({ ...deps, engine });
  const newRunBody = newRunSchema(config);
  const parse = createValidate(newRunBody, 'body');
  const bodyLimitBytes = bodyLimitOf(config);
  connectRuns({ ...deps, engine, evaluate: createEvaluate(clock) });

  async function endAll(tx: Transaction, mediatorKey: number): Promise<void> {
    const entry = await directory.enterByKey(tx, mediatorKey);
    if (!entry) return;
    const error = { code: 'mediator-removed', message: 'the mediator was removed', retryable: false };
    for (;;) {
      const ids = await runStore.listOpen(tx.queries, mediatorKey, 100);
      if (ids.length === 0) return;
      for (const id of ids) await engine.tell(tx, entry, id, { kind: 'end', error });
    }
  }

  return {
    ...useRuns,
    newRunBody,
    routes: runRoutes({ database, directory, useRuns, newRunBody, bodyLimitBytes }),
    onRunEvents: (listener) => void listeners.push(listener),
    createByMessage: {
      workflow: async ({ mediator, body, trace }) => {
        const parsed = parse(body);
        const started = await transactOnce(database, (tx) =>
          useRuns.start(tx, { mediator, body: parsed, trace }),
        );
        return startedReply(mediator, started);
      },
    },
    onMediatorRemoved: endAll,
    countRuns: async () => {
      const counts = await runStore.countByStatus(database.queries);
      return counts.map((counted) => ({ kind: 'workflow', ...counted }));
    },
    prune: createPruneRuns(deps),
  };
}
