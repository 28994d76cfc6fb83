import fc from 'fast-check';
import { arbitraryDefinition } from '../../../../test/arbitrary-definition';
import { checkDefinition } from './check-definition';
import { toDefinitionBody } from './definition-body';
import { definitionSchema } from './definition-schema';
import { readDefinition, writeDefinition } from './kept-definition';

describe('any definition that can be run', () => {
  it('is read as it was kept, whatever else was read meanwhile', () => {
    fc.assert(
      fc.property(arbitraryDefinition({ workflows: ['other'] }), (definition) => {
        expect(readDefinition(writeDefinition(definition))).toEqual(definition);
        expect(readDefinition(writeDefinition(definition))).toEqual(definition);
      }),
    );
  });

  it('is the same again when it is posted as it is shown, whatever the defaults are by then', () => {
    const schema = definitionSchema({ retryCount: 7, timeoutMs: 77 });

    fc.assert(
      fc.property(arbitraryDefinition({ workflows: ['other'] }), (definition) => {
        expect(schema.parse(toDefinitionBody(definition))).toEqual(definition);
      }),
    );
  });

  it('has nothing wrong in itself', () => {
    fc.assert(
      fc.property(arbitraryDefinition({ maxSteps: 20 }), (definition) => {
        expect(checkDefinition(definition)).toEqual([]);
      }),
    );
  });

  it('is refused as soon as a step waits for one that waits for it', () => {
    fc.assert(
      fc.property(arbitraryDefinition(), fc.nat(), ({ steps, ...rest }, pick) => {
        const id = steps[pick % steps.length]?.id ?? '';
        const behind = steps.find(({ dependencies }) => dependencies.includes(id))?.id ?? id;
        const turned = steps.map((step) => (step.id === id ? { ...step, dependencies: [behind] } : step));
        const messages = checkDefinition({ ...rest, steps: turned }).map(({ message }) => message);

        expect(messages).toContainEqual(expect.stringContaining(`step ${id}: cycle: ${id} → ${behind}`));
      }),
    );
  });
});
