import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'properties/**/*.property.ts'],
    // Verification against external tools may install packages and assemble large files.
    testTimeout: 120_000,
  },
});
