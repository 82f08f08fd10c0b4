import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDynamoLocal, startKafka } from '@fcode/testkit';

// The races that also run on the embedded engines, and what only a cluster can pass, on one Kafka broker and one DynamoDB Local,
// with two processes a service. Where there are none, the testkit says what is missing.
const kafka = await startKafka();
const store = kafka && (await startDynamoLocal());
const isCluster = kafka !== undefined && store !== undefined;
process.stderr.write(
  isCluster
    ? `On Apache Kafka ${kafka.version ?? ''} (${kafka.how}) and DynamoDB Local ${store.version ?? ''} (${store.how})\n`
    : '*** SKIPPED: everything on Kafka and DynamoDB Local ***\n',
);
if (!isCluster && process.env.FCODE_REQUIRE_KAFKA) process.exitCode = 1;
else {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  // Not waited for in one go: connections to Docker have to be looked after meanwhile.
  const running = spawn(
    process.execPath,
    [vitest, 'run', '--passWithNoTests', '--config', 'vitest.cluster.config.ts', ...process.argv.slice(2)],
    {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: {
        ...process.env,
        ...(isCluster ? { FCODE_TEST_BROKERS: kafka.brokers, FCODE_TEST_STORE: store.endpoint } : {}),
      },
      stdio: 'inherit',
    },
  );
  const [status] = await once(running, 'exit');
  process.exitCode = status ?? 1;
}
await store?.stop();
await kafka?.stop();
