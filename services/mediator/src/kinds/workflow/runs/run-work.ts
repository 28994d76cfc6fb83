import type { PartDeps } from '../../../part';
import type { WorkSource } from '../../../work/work';
import type { Evaluate } from '../definitions/expressions';
import { answerQuestion } from './answer-question';
import { endTimer, runTimer, type Engine } from './engine';
import { workSource } from './perform-effects';
import { findQuestions, type Answers } from './questions';
import { hasEnded, resultsOf, type Run } from './run';
import type { ChildEnd } from './run-input';
import { runStore } from './run-store';

export type RunWorkDeps = Pick<PartDeps, 'database' | 'directory' | 'timers' | 'work'> & {
  readonly engine: Engine;
  readonly evaluate: Evaluate;
};

/** Brings runs on when commands are answered, when time has passed, and when runs that are steps of them have ended. */
export function connectRuns(deps: RunWorkDeps): void {
  deps.work.addSource(createSource(deps));
  handleRunTimers(deps);
  handleEndTimers(deps);
}

function createSource({ directory, engine }: RunWorkDeps): WorkSource {
  return {
    name: workSource,
    async lock(tx, mediatorKey, ref) {
      await directory.enterByKey(tx, mediatorKey);
      await runStore.lock(tx, mediatorKey, ref);
    },
    async answered(tx, { mediatorKey, ref, id, outcome }) {
      const entry = await directory.enterByKey(tx, mediatorKey);
      const told = entry && (await engine.tell(tx, entry, ref, { kind: 'answer', commandId: id, outcome }));
      return !told || told.isLate ? 'late' : 'taken';
    },
  };
}

/** Expressions are evaluated before the transaction: see `Question`. */
function handleRunTimers({ database, directory, timers, engine, evaluate }: RunWorkDeps): void {
  timers.handle(runTimer, async ({ mediatorKey, id }) => {
    const found = await runStore.find(database.queries, mediatorKey, id);
    if (!found) return;
    const answers: Answers = new Map(
      await Promise.all(
        findQuestions(found.run, found.definition).map(
          async (question) => [question.key, await answerQuestion(question, evaluate)] as const,
        ),
      ),
    );
    await database.transact(async (tx) => {
      const entry = await directory.enterByKey(tx, mediatorKey);
      if (entry) await engine.wake(tx, entry, id, answers);
    });
  });
}

/**
 * A run tells the one above of its end in a transaction of its own: within that of its end it would lock the run above after
 * itself, while that one locks it the other way round.
 */
function handleEndTimers({ database, directory, timers, engine }: RunWorkDeps): void {
  timers.handle(endTimer, ({ mediatorKey, id }) =>
    database.transact(async (tx) => {
      const entry = await directory.enterByKey(tx, mediatorKey);
      const child = await runStore.find(tx.queries, mediatorKey, id);
      if (!entry || !child?.run.parent || !hasEnded(child.run)) return;
      const { id: parentId } = child.run.parent;
      await engine.tell(tx, entry, parentId, { kind: 'child-ended', id, end: toEnd(child.run) });
    }),
  );
}

function toEnd(run: Run): ChildEnd {
  if (run.status === 'completed' || !run.error) return { status: 'completed', results: resultsOf(run) };
  const { code, message, retryable } = run.error;
  return {
    status: run.status === 'cancelled' ? 'cancelled' : 'failed',
    error: { code, message, retryable },
  };
}
