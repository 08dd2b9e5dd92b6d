import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'properties/**/*.property.ts'],
    // Vitest leaves one core alone, which is half of a machine with two.
    maxWorkers: '100%',
    // Verification against external tools may install packages and assemble large files; all cores are busy with other tests.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
