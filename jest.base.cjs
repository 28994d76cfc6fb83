/** What every jest run here shares: sources without a build, each package found through its `source` export. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'require', 'default'] },
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.backends/', '<rootDir>/.run/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
