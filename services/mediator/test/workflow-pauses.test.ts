import { expectRefusal } from './support/expect-refusal';
import { commands, hostWorkflows, refusal, undoable } from './support/host-workflows';

describe('a workflow that is paused', () => {
  it('lets what runs end, begins nothing, and goes on when it is resumed; each action counts once', async () => {
    await using flow = await hostWorkflows();
    await flow.start({ steps: commands('a', 'b') });
    for (let time = 0; time < 2; time += 1) {
      expect(await flow.act('pause')).toMatchObject({ status: 200, body: { status: 'paused' } });
    }
    await flow.answer('r:a:1');
    await flow.clock.advance(60_000);
    expect(await flow.desk.poll('wait_ms=0')).toEqual([]);
    for (let time = 0; time < 2; time += 1) {
      expect(await flow.act('resume')).toMatchObject({ status: 200, body: { status: 'running' } });
    }
    await flow.answer('r:b:1');

    expect((await flow.history()).map(({ type }) => type)).toEqual([
      ...['workflow_started', 'step_started', 'workflow_paused', 'step_completed'],
      ...['workflow_resumed', 'step_started', 'step_completed', 'workflow_completed'],
    ]);
    expectRefusal(await flow.act('pause'), 409, 'illegal-transition');
    expectRefusal(await flow.act('resume'), 409, 'illegal-transition');
    expectRefusal(await flow.act('cancel'), 409, 'illegal-transition');
    expectRefusal(await flow.act('pause', { odd: 1 }), 400, 'invalid');
  });

  it('can be cancelled', async () => {
    await using flow = await hostWorkflows();
    await flow.start({ steps: undoable('a', 'b') });
    await flow.answer('r:a:1');
    await flow.act('pause');
    await flow.desk.take();
    await flow.desk.reply('r:b:1', refusal);
    expect(await flow.read()).toMatchObject({ status: 'paused' });

    await flow.act('cancel');
    await flow.answer('r:a:1:undo');

    expect(await flow.read()).toMatchObject({ status: 'cancelled' });
  });
});
