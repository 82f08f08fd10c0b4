import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJavaEngine } from '@fcode/infra/java';
import { describe, expect, it } from 'vitest';
import { chaos, isClean } from './run.ts';

// Shorter than what anybody may run by `npm run chaos`, and the same.

const seconds = 60;
/** Other tests run beside it: a tenth of the load of `npm run chaos` is enough to be hurt under. */
const thinkMs = 400;
const engine = await findJavaEngine('kafka');
const pairs = ['the embedded engines'];
if (!('missing' in engine)) pairs.push('Kafka and DynamoDB Local');
else if (process.env.FCODE_REQUIRE_KAFKA) throw new Error(`No Kafka for chaos: ${engine.missing}`);
else process.stderr.write(`*** SKIPPED: chaos on Kafka and DynamoDB Local: ${engine.missing} ***\n`);

describe('a system that is hurt in every way for a minute', () => {
  it.each(pairs)('loses nothing, doubles nothing and tells no lies, on %s', async (pair) => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const folder = mkdtempSync(join(tmpdir(), `fcode-chaos-${seed}-`));
    const { outcome, findings } = await chaos({ seconds, thinkMs, seed, kafka: pair !== pairs[0], folder });
    process.stderr.write(`${pair}, seed ${seed}: ${JSON.stringify(outcome)}\n`);
    if (isClean(outcome)) rmSync(folder, { recursive: true, force: true });
    expect(findings, `kept in ${folder}`).toEqual({ lost: [], duplicated: [], violations: [] });
    expect(outcome.acknowledged).toBeGreaterThan(1000);
    // In a minute an index may have nothing to be late with.
    const missing = Object.entries(outcome.faults).filter(([kind, times]) => times === 0 && kind !== 'staleIndex');
    expect(missing).toEqual([]);
    expect(outcome.servingRatio).toBeGreaterThanOrEqual(0.8);
  });
});
