import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** What a process that runs the script writes to standard error, a line of JSON each. */
const logged = (script: string, environment: Record<string, string> = {}) => {
  const module = new URL('./logger.ts', import.meta.url).href;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `import { createLogger } from '${module}'; ${script}`],
    { env: { PATH: process.env.PATH, ...environment }, encoding: 'utf8' },
  );
  expect(stdout).toBe('');
  const lines = stderr.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('the logger', () => {
  it('writes lines of JSON to standard error, also when the process ends at once', () => {
    const lines = logged(`createLogger('toy').error({ batch: 1 }, 'broken'); process.exit(1)`);
    expect(lines).toMatchObject([{ name: 'toy', level: 50, batch: 1, msg: 'broken' }]);
  });

  it('writes what LOG_LEVEL asks for, `info` and above if nothing does', () => {
    const script = `const logger = createLogger('toy'); logger.debug('debug'); logger.info('info'); logger.warn('warn')`;
    const said = (environment: Record<string, string>) => logged(script, environment).map(({ msg }) => msg);
    expect(said({})).toEqual(['info', 'warn']);
    expect(said({ LOG_LEVEL: 'warn' })).toEqual(['warn']);
    expect(said({ LOG_LEVEL: 'debug' })).toEqual(['debug', 'info', 'warn']);
  });

  it('hides what must not be logged when somebody logs it all the same, at the top and one level below', () => {
    const hidden = ['authorization', 'token', 'code', 'email', 'phone'];
    const fields = JSON.stringify(Object.fromEntries(hidden.map((name) => [name, 'hush-hush'])));
    const lines = logged(`createLogger('toy').info({ ...${fields}, request: ${fields}, sku: 'PHONE-1' }, 'request')`);
    expect(JSON.stringify(lines)).not.toContain('hush-hush');
    expect(lines).toMatchObject([{ sku: 'PHONE-1' }]);
  });

  it("keeps the code of an error, which says what went wrong and is no member's", () => {
    const lines = logged(
      `createLogger('toy').warn({ err: Object.assign(new Error('no answer'), { code: 'ECONNREFUSED' }) }, 'away')`,
    );
    expect(lines).toMatchObject([{ err: { message: 'no answer', errorCode: 'ECONNREFUSED' } }]);
  });
});
