import { compileFilter, FilterError, type Filter } from '@fanfare/cloudevents';
import { z } from 'zod';

/** One filter of the CloudEvents Subscriptions API or a list of them, as a list. What is wrong is told with its place. */
export const filterList = z
  .unknown()
  .transform((given, context): readonly Filter[] => {
    const filters: unknown = Array.isArray(given) ? given : [given];
    try {
      assertFilters(filters);
      return filters;
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      const path = toPath(error.path).slice(Array.isArray(given) ? 0 : 1);
      context.addIssue({ code: 'custom', path, message: error.message.replace(`${error.path}: `, '') });
      return z.NEVER;
    }
  })
  .meta({
    description:
      'A filter of the CloudEvents Subscriptions API, {exact | prefix | suffix | all | any | not | sql: …}, or a list ' +
      'of filters that must all hold',
  });

function assertFilters(value: unknown): asserts value is readonly Filter[] {
  compileFilter(value);
}

/** `[0].all[1].sql` → `0`, `all`, `1`, `sql` */
function toPath(text: string): (string | number)[] {
  return (text.match(/[^.[\]]+/g) ?? []).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}
