import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readEnvironment } from './environment.ts';
import { authVariables, clockOf, indexVariables, processVariables, verifierOf } from './variables.ts';

const variables = {
  PORT: { schema: z.coerce.number().int().min(1).max(65_535), about: 'the port to listen on', example: '8081' },
  TOKEN: { schema: z.string().min(8), about: 'what opens the door', example: '$(openssl rand -hex 8)' },
  LEVEL: { schema: z.enum(['low', 'high']).default('low'), about: 'how loud', example: 'high' },
  NOTE: { schema: z.string().optional(), about: 'anything', example: 'x' },
};
const messageOf = (environment: Record<string, string | undefined>): string => {
  try {
    readEnvironment(variables, environment);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('reading the environment', () => {
  it('gives values of their types, and defaults for what is left out', () => {
    expect(readEnvironment(variables, { PORT: '8080', TOKEN: '12345678', OTHER: 'x' })).toEqual({
      PORT: 8080,
      TOKEN: '12345678',
      LEVEL: 'low',
      NOTE: undefined,
    });
  });

  it('names everything that is missing or wrong at once, what it is for, and an example', () => {
    expect(messageOf({ TOKEN: 'short', LEVEL: 'deafening' })).toBe(
      [
        'The environment is not complete:',
        '  PORT is missing: the port to listen on. Example: PORT=8081',
        '  TOKEN is not right: what opens the door. Example: TOKEN=$(openssl rand -hex 8)',
        '  LEVEL is not right: how loud. Example: LEVEL=high',
      ].join('\n'),
    );
  });

  it('takes an empty string for missing', () => {
    expect(messageOf({ PORT: '', TOKEN: '' })).toMatch(/PORT is missing[\s\S]*TOKEN is missing/);
    expect(readEnvironment(variables, { PORT: '1', TOKEN: '12345678', LEVEL: '', NOTE: '' })).toMatchObject({
      LEVEL: 'low',
      NOTE: undefined,
    });
  });

  it('never repeats a value', () => {
    const message = messageOf({ PORT: '70007', TOKEN: 'hush', LEVEL: 'whisper' });
    expect(message).toContain('PORT is not right');
    expect(message).not.toMatch(/70007|hush|whisper/);
  });

  it.each(['0', '-1', '65536', '80.5', '80a', 'http', ' '])('does not take "%s" for a port', (port) => {
    const { PORT } = processVariables;
    expect(() => readEnvironment({ PORT }, { PORT: port })).toThrow('PORT is not right');
  });
});

describe('the variables that services share', () => {
  const read = (environment: Record<string, string>) => readEnvironment(authVariables, environment);

  it('ask for a secret or a key set, and say so', () => {
    expect(() => verifierOf(read({}))).toThrow(/FCODE_JWKS_URL .* or FCODE_JWT_SECRET .* is missing.*Example:/s);
    expect(verifierOf(read({ FCODE_JWT_SECRET: 'x'.repeat(32) }))).toBeTypeOf('function');
    expect(verifierOf(read({ FCODE_JWKS_URL: 'https://id.example.com/jwks.json' }))).toBeTypeOf('function');
  });

  it('take no secret that can be guessed, and no key set that is no address', () => {
    expect(() => read({ FCODE_JWT_SECRET: 'x'.repeat(31) })).toThrow('FCODE_JWT_SECRET is not right');
    expect(() => read({ FCODE_JWKS_URL: 'id.example.com' })).toThrow('FCODE_JWKS_URL is not right');
  });

  it('may turn the clock', () => {
    const skewed = clockOf({ FCODE_CLOCK_OFFSET_MS: -60_000 })() - Date.now();
    expect(Math.abs(skewed + 60_000)).toBeLessThan(1000);
    expect(Math.abs(clockOf({ FCODE_CLOCK_OFFSET_MS: 0 })() - Date.now())).toBeLessThan(1000);
  });

  it('may take the time from a file, or how far the clock is off, as it stands there now', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fcode-clock-'));
    const file = join(folder, 'clock');
    const clock = clockOf({ FCODE_CLOCK_OFFSET_MS: 0, FCODE_CLOCK_FILE: file });
    writeFileSync(file, '1700000000000');
    expect(clock()).toBe(1_700_000_000_000);
    writeFileSync(file, '-30000');
    expect(Math.abs(clock() + 30_000 - Date.now())).toBeLessThan(1000);
    writeFileSync(file, '+30000');
    expect(Math.abs(clock() - 30_000 - Date.now())).toBeLessThan(1000);
    rmSync(folder, { recursive: true });
  });
});

describe('the shards of the indexes', () => {
  const shardsOf = (text?: string) => readEnvironment(indexVariables, { FCODE_INDEX_SHARDS: text }).FCODE_INDEX_SHARDS;

  it('are a power of two up to 256, and 16 where nothing is said', () => {
    expect([undefined, '', '1', '32', '256'].map(shardsOf)).toEqual([16, 16, 1, 32, 256]);
    for (const wrong of ['0', '-16', '24', '512', '1.5', 'many']) {
      expect(() => shardsOf(wrong), wrong).toThrow(/FCODE_INDEX_SHARDS is not right: .* a power of two up to 256/);
    }
  });
});
