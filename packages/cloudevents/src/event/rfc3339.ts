const timestamp =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Whether `text` is an RFC 3339 date and time: a day that exists, seconds, any number of digits after them, and an
 * offset. Second 60 passes where a leap second can be (§5.7): at the end of a month in UTC.
 */
export function isTimestamp(text: string): boolean {
  if (!timestamp.test(text)) return false;
  const day = Number(text.slice(8, 10));
  if (day > 28 && day > daysInMonth(text)) return false;
  return !text.startsWith('60', 17) || endsMonth(text);
}

function daysInMonth(text: string): number {
  return new Date(Date.UTC(cycleYear(text), Number(text.slice(5, 7)), 0)).getUTCDate();
}

/** The calendar repeats after 400 years, and `Date.UTC` takes the years 0 to 99 for the 1900s. */
function cycleYear(text: string): number {
  return 2000 + (Number(text.slice(0, 4)) % 400);
}

/** Whether the minute after this one is the first of a month in UTC. */
function endsMonth(text: string): boolean {
  const [month, day, hour, minute] = [
    text.slice(5, 7),
    text.slice(8, 10),
    text.slice(11, 13),
    text.slice(14, 16),
  ];
  const nextMinute = Number(minute) + 1 - offsetMinutes(text);
  const next = new Date(Date.UTC(cycleYear(text), Number(month) - 1, Number(day), Number(hour), nextMinute));
  return next.getUTCDate() === 1 && next.getUTCHours() === 0 && next.getUTCMinutes() === 0;
}

function offsetMinutes(text: string): number {
  if (/z$/i.test(text)) return 0;
  const minutes = Number(text.slice(-5, -3)) * 60 + Number(text.slice(-2));
  return text.at(-6) === '-' ? -minutes : minutes;
}
