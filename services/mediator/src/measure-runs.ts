import type { Metrics } from '@fanfare/service-kit';
import type { Part } from './part';

/** Shows how many runs of workflows and jobs, and tasks, there are in each status. */
export function measureRuns(metrics: Metrics, parts: readonly Pick<Part, 'countRuns'>[]): void {
  metrics.gauge({
    name: 'mediator_runs',
    help: 'Runs of workflows and jobs, and tasks, by kind and status.',
    labels: ['kind', 'status'],
    async collect(gauge) {
      const counts = [];
      for (const { countRuns } of parts) {
        // a scrape is not refused because the database is away, and says nothing then of what is in there
        counts.push(...((await countRuns?.().catch(() => [])) ?? []));
      }
      gauge.reset();
      for (const { kind, status, count } of counts) gauge.set({ kind, status }, count);
    },
  });
}
