import { judgeStatus } from './post';

describe('judgeStatus', () => {
  it.each([
    [200, 'sent'],
    [202, 'sent'],
    [204, 'sent'],
    [301, 'failed'],
    [400, 'rejected'],
    [401, 'rejected'],
    [404, 'rejected'],
    [408, 'failed'],
    [410, 'rejected'],
    [425, 'failed'],
    [429, 'unavailable'],
    [500, 'failed'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('takes %i for %s', (status, kind) => {
    expect(judgeStatus(status).kind).toBe(kind);
  });
});
