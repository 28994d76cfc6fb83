import { z } from 'zod';
import { listWorkspaces, readText } from './support/checkout';

const dependencies = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  dependencies,
  devDependencies: dependencies,
  optionalDependencies: dependencies,
});
const { packages } = z
  .object({ packages: z.record(z.string(), manifest.extend({ resolved: z.string().optional() })) })
  .parse(JSON.parse(readText('package-lock.json')));

/** Where node would find a package, seen from the place of another: beside it, or in a folder above. */
function candidates(place: string, name: string): readonly string[] {
  const folders = place
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'));
  return [`node_modules/${name}`, ...folders.map((folder) => `${folder}/node_modules/${name}`)];
}

describe('package-lock.json', () => {
  it.each(['package.json', ...listWorkspaces()])('agrees with %s, so that npm ci accepts it', (file) => {
    const locked = packages[file.replace(/\/?package\.json$/, '')];

    expect(manifest.parse(locked)).toEqual(manifest.parse(JSON.parse(readText(file))));
  });

  it('holds every package that another asks for, those of other platforms too, or npm ci refuses it', () => {
    const asked = Object.entries(packages).flatMap(
      ([place, { dependencies, devDependencies, optionalDependencies }]) =>
        Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).map((name) => ({
          place,
          name,
        })),
    );

    expect(
      asked.filter(({ place, name }) => !candidates(place, name).some((candidate) => candidate in packages)),
    ).toEqual([]);
  });

  it('names no package registry, so that everybody uses their own', () => {
    const resolved = Object.values(packages).map((locked) => locked.resolved);

    expect(resolved.filter((place) => place?.includes('://'))).toEqual([]);
  });
});
