import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './support/chromium.ts';

const chromium = findChromium();
if (chromium === undefined) {
  const { FCODE_CHROMIUM: given, FCODE_REQUIRE_CHROMIUM: required } = process.env;
  const where = given ? `at FCODE_CHROMIUM=${given}` : 'here';
  process.stderr.write(
    `*** SKIPPED: the browser tests (the loop by hand, the shop, how the pages look), for there is no Chromium ${where}: ` +
      'apt-get install chromium, or FCODE_CHROMIUM=/path/to/it ***\n',
  );
  // Whoever names a browser does not want to go without.
  process.exitCode = given || required === '1' ? 1 : 0;
} else {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', 'vitest.browser.config.ts', ...process.argv.slice(2)],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, FCODE_CHROMIUM: chromium },
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
}
