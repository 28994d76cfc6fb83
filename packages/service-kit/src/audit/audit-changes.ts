/** About so many characters of a body stand in its audit entry. */
const maxLength = 8_192;
/** Of one text. */
const maxTextLength = 1_024;

const hidden = '[hidden]';
const leftOut = '[left out]';
const cut = '[cut]';
const secretName =
  /pass(word|phrase)|secret|token|ticket|authorization|cookie|credential|api[-_]?key|private[-_]?key|card[-_]?number|cvv|cvc/i;

/** Whether what has this name must not be shown. */
export function isSecret(name: string): boolean {
  return secretName.test(name);
}

/**
 * Fields that carry what is about people or not for every reader. It is kept elsewhere, where it can be erased; the log of
 * audit entries must not keep another copy of it.
 */
const payloads = new Set([
  'changes',
  'content',
  'customer_id',
  'data',
  'event',
  'events',
  'initial_state',
  'message',
  'metadata',
  'result',
  'state',
]);

/**
 * What was sent, as an audit entry shows it: values of fields that are named like secrets are hidden and those of
 * payloads left out; long texts and whatever is beyond the bounds are cut. Undefined when nothing was sent.
 */
export function auditChanges(body: unknown): Record<string, unknown> | undefined {
  if (body === undefined) return undefined;
  const budget = { left: maxLength };
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return copyFields(body, budget);
  return { value: copy(body, budget) };
}

interface Budget {
  left: number;
}

function copy(value: unknown, budget: Budget): unknown {
  if (budget.left <= 0) return cut;
  if (typeof value === 'string') {
    const text = value.length > maxTextLength ? `${value.slice(0, maxTextLength)}${cut}` : value;
    budget.left -= text.length;
    return text;
  }
  budget.left -= 8;
  if (Array.isArray(value)) return copyItems(value, budget);
  return typeof value === 'object' && value !== null ? copyFields(value, budget) : value;
}

function copyItems(items: readonly unknown[], budget: Budget): unknown[] {
  const copied: unknown[] = [];
  for (const item of items) {
    copied.push(copy(item, budget));
    if (budget.left <= 0) break;
  }
  return copied;
}

function copyFields(fields: object, budget: Budget): Record<string, unknown> {
  const copied: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (budget.left <= 0 || name.length > maxTextLength) {
      copied.push([cut, true]);
      break;
    }
    budget.left -= name.length + 4;
    if (payloads.has(name)) copied.push([name, leftOut]);
    else copied.push([name, isSecret(name) ? hidden : copy(value, budget)]);
  }
  return Object.fromEntries(copied);
}
