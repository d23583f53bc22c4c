import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `sip` starts SIP peers from Debian; `e2e` starts a homeserver and a browser too. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{src,sip,media,config,docker,world,setup,demo,bench}/**/*.test.ts'],
          exclude: ['**/*.peer.test.ts'],
          testTimeout: 15_000,
          globalSetup: ['test/setup/postgres.ts'],
        },
      },
      {
        test: {
          name: 'peer',
          include: ['test/{src,sip,media,config,world,setup,demo}/**/*.peer.test.ts'],
          testTimeout: 60_000,
          globalSetup: ['test/setup/postgres.ts'],
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
