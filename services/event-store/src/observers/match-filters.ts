import { compileFilter, type CloudEvent, type Filter } from '@fanfare/cloudevents';
import { eventNameOf } from '@fanfare/contracts';

type Test = (event: CloudEvent) => boolean;

/**
 * Compiles filters, all of which must hold. Throws `FilterError` for what is no filter.
 *
 * Beyond the CloudEvents Subscriptions API they know two things. `type` may be spelled as a full type or as a name:
 * every dialect but `all`, `any` and `not` is asked about both spellings and about a type that nobody has, and its answer
 * is the one by which a spelling differs from the latter. So `type <> 'order.created'` and
 * `type <> 'com.fanfare.order.created.v1'` both leave that event out, as does `not` around either. One SQL expression
 * should spell types in one way only. And the texts, numbers and booleans at the top of an event's JSON data stand in for
 * attributes that it lacks, but for those of the specification itself: `amount > 1000`.
 */
export function compileFilters(filters: readonly Filter[]): Test {
  // says where in the list something is wrong
  compileFilter(filters);
  const tests = filters.map(compile);
  if (tests.length === 0) return () => true;
  return (event) => {
    const seen = withData(event);
    return tests.every((test) => test(seen));
  };
}

function compile(filter: Filter): Test {
  if ('all' in filter) {
    const tests = filter.all.map(compile);
    return (event) => tests.every((test) => test(event));
  }
  if ('any' in filter) {
    const tests = filter.any.map(compile);
    return (event) => tests.some((test) => test(event));
  }
  if ('not' in filter) {
    const test = compile(filter.not);
    return (event) => !test(event);
  }
  const test = compileFilter([filter], { allowDecimals: true });
  return JSON.stringify(filter).includes('type') ? askBothSpellings(test) : test;
}

function askBothSpellings(test: Test): Test {
  return (event) => {
    const name = eventNameOf(event.type);
    if (name === event.type) return test(event);
    const forNone = test({ ...event, type: '' });
    const isDecided = test(event) !== forNone || test({ ...event, type: name }) !== forNone;
    return isDecided ? !forNone : forNone;
  };
}

const neverFromData = new Set(['subject', 'time', 'datacontenttype', 'dataschema', 'data']);

/** The event with the texts, numbers and booleans at the top of its JSON data in place of attributes that it lacks. */
export function withData(event: CloudEvent): CloudEvent {
  const { data } = event;
  if (typeof data !== 'object' || data === null || data instanceof Uint8Array) return event;
  const fields = Object.entries(data).filter(
    ([name, value]) => !neverFromData.has(name) && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return { ...Object.fromEntries(fields), ...event };
}
