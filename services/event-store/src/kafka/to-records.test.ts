import { decodeKafka } from '@fanfare/cloudevents';
import type { LogEvent } from '@fanfare/storage';
import { toWindows } from './to-records';

function logged(
  position: number,
  event: Readonly<Record<string, unknown>> = {},
  parts: Partial<LogEvent> = {},
): LogEvent {
  return {
    position,
    stream: null,
    version: null,
    recordedAt: new Date(0),
    event: {
      specversion: '1.0',
      id: `event-${position}`,
      source: '/test',
      type: 'test.happened',
      subject: 's-1',
      datacontenttype: 'application/json',
      data: { n: position },
      ...event,
    },
    isErased: false,
    ...parts,
  };
}

function onlyWindow(...events: readonly LogEvent[]) {
  const [window, ...others] = toWindows(events);
  if (!window || others.length > 0) throw new Error('there is more or less than one window');
  return window.records;
}

describe('the log as Kafka records', () => {
  it('goes to observer-events by subject, and what belongs to an aggregate to event-sourcing-events by its id too', () => {
    const stream = { id: 'order-1', type: 'order' };
    const records = onlyWindow(
      logged(1),
      logged(2, {}, { stream, version: 0 }),
      logged(3, { subject: undefined }),
    );

    expect(records['observer-events'].map(({ key }) => key)).toEqual(['s-1', 's-1', 'event-3']);
    expect(records['event-sourcing-events']).toMatchObject([
      { key: 'order-1', headers: { ce_id: 'event-2', ce_streamversion: '0' } },
    ]);
  });

  it('carries the event in binary mode with its position, correlation and cause', () => {
    const [record] = onlyWindow(logged(7, { correlationid: 'c-1', causationid: 'c-0' }))['observer-events'];

    expect(record?.headers).toMatchObject({
      position: '7',
      ce_id: 'event-7',
      ce_position: '7',
      ce_correlationid: 'c-1',
      ce_causationid: 'c-0',
      'content-type': 'application/json',
    });
    expect(record && decodeKafka(record)).toMatchObject({ id: 'event-7', data: { n: 7 }, position: '7' });
  });

  it('carries an event whose data does not fit its charset as JSON', () => {
    const datacontenttype = 'text/plain; charset=iso-8859-1';
    const [record] = onlyWindow(logged(1, { datacontenttype, data: 'ключ' }))['observer-events'];

    expect(record?.headers['content-type']).toContain('application/cloudevents+json');
    expect(record && decodeKafka(record)).toMatchObject({ data: 'ключ', position: '1' });
  });

  it('carries an erased event without its data', () => {
    const [record] = onlyWindow(logged(1, { data: undefined }, { isErased: true }))['observer-events'];

    expect(record).toMatchObject({ value: null, headers: { ce_id: 'event-1' } });
  });

  it('comes in windows of at most 500 events, and of no more than a mebibyte before the last of them', () => {
    const many = Array.from({ length: 1_100 }, (_, index) => logged(index + 1));
    const large = (name: string) =>
      Array.from({ length: 5 }, (_, index) => logged(index + 1, { [name]: 'x'.repeat(400_000) }));

    expect([...toWindows(many)].map(({ position }) => position)).toEqual([500, 1_000, 1_100]);
    expect([...toWindows(large('data'))].map(({ position }) => position)).toEqual([3, 5]);
    expect([...toWindows(large('metadata'))].map(({ position }) => position)).toEqual([3, 5]);
    expect([...toWindows([])]).toEqual([]);
  });
});
