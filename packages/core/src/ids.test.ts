import { createIdGenerator } from './ids';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('ids', () => {
  it('are UUIDs of version 7 that begin with the time', () => {
    const newId = createIdGenerator({ now: () => new Date(0x0123456789ab) });

    const id = newId();

    expect(id).toMatch(uuidV7);
    expect(id.replace('-', '').slice(0, 12)).toBe('0123456789ab');
  });

  it('differ and sort in the order in which they were made, also within one millisecond', () => {
    const newId = createIdGenerator({ now: () => new Date(1_000) });

    const ids = Array.from({ length: 100_000 }, newId);

    expect(new Set(ids).size).toBe(100_000);
    expect([...ids].sort()).toEqual(ids);
  });

  it('still grow when the clock goes back', () => {
    let nowMs = 2_000;
    const newId = createIdGenerator({ now: () => new Date(nowMs) });
    const before = newId();

    nowMs = 1_000;
    const after = newId();

    expect(after > before).toBe(true);
  });

  it('carry the variant of RFC 9562 whatever the random bytes are', () => {
    const newId = createIdGenerator({ now: () => new Date(1) }, (buffer) => buffer.fill(0xff));

    expect(newId()).toMatch(uuidV7);
  });
});
