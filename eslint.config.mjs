import js from '@eslint/js';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Which of our folders each folder may import from. Everything not named here is refused. */
const mayImport = {
  contracts: [],
  drift: ['contracts'],
  learning: ['contracts'],
  registry: ['contracts'],
  data: ['contracts'],
  reports: ['contracts'],
  workflows: ['contracts', 'reports', 'activities'], // activities as types only, see below
  activities: ['contracts', 'learning', 'drift', 'data', 'registry', 'reports'],
  workers: ['contracts', 'activities', 'learning', 'drift', 'data', 'registry', 'reports', 'workflows'],
  serving: ['contracts', 'learning', 'data', 'registry'],
  cli: ['contracts', 'activities', 'workers', 'workflows', 'learning', 'drift', 'data', 'registry', 'reports', 'serving'],
};
const folders = Object.keys(mayImport);
const zones = folders.map((folder) => ({
  target: `./${folder}`,
  from: [...folders, 'test', 'bench', 'examples']
    .filter((other) => other !== folder && !mayImport[folder].includes(other))
    .map((other) => `./${other}`),
  message: `${folder}/ may import only: ${mayImport[folder].join(', ') || 'nothing of ours'} (see docs/architecture.md).`,
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.continual/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [importX.createNodeResolver({ extensions: ['.ts', '.js', '.json'] })] },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', 300],
    },
  },
  {
    // These can be used without Temporal and without S3.
    files: ['contracts/**/*.ts', 'learning/**/*.ts', 'drift/**/*.ts', 'data/**/*.ts', 'reports/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@temporalio/*', '@aws-sdk/*'] }] },
  },
  {
    // Workflow code is deterministic: activities are types there, and Node's modules do not exist.
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: ['node:*', 'fs', 'path', 'crypto', 'child_process'] }],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['**/activities/*', '**/activities'], allowTypeImports: true, message: 'Import activities as types only.' },
            { regex: '/(contracts|reports)$', allowTypeImports: true, message: 'Import the very file: every run evaluates all that its code imports.' },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'Buffer', 'setTimeout', 'clearTimeout', 'fetch', 'module', 'require', '__dirname', 'AbortSignal'].map((n) => [n, 'readonly']),
      ),
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
