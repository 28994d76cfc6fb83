import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.backends/**', '.run/**', 'data/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // a function of a port is async by contract even where one adapter has nothing to wait for
      '@typescript-eslint/require-await': 'off',
      // Kysely's and zod's table types are closed maps on purpose
      '@typescript-eslint/consistent-type-definitions': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > SpreadElement > ObjectExpression',
          message:
            'Write the properties themselves: in a spread literal nobody notices one that is misspelt.',
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time comes from the Clock port.' },
        { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: 'Waiting goes through the Clock port.' },
        { name: 'setInterval', message: 'Waiting goes through the Clock port.' },
      ],
    },
  },
  {
    // the real clock, and what reads the environment or waits for conditions by design
    files: [
      'packages/core/src/clock.ts',
      'packages/core/src/testing/**',
      '**/config.ts',
      '**/testing/**',
      'tests/**',
      'bench/**',
      'scripts/**',
      '**/*.test.ts',
    ],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-globals': 'off' },
  },
);
