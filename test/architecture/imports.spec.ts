import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url).pathname;
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && !file.endsWith('.d.ts'));

const importsOf = (file: string): string[] =>
  [...readFileSync(`${root}${file}`, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    ([, specifier]) => specifier as string,
  );

const imports = files.flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })));
const isTest = (file: string): boolean =>
  file.startsWith('test/') ||
  file.startsWith('libs/testkit/') ||
  /\.spec\.ts$|\/fixtures\/|\/conformance\.ts$/.test(file);
const sources = imports.filter(({ file }) => !isTest(file));
const broken = (list: { file: string; specifier: string }[], allowed: (file: string) => boolean): string[] =>
  list.filter(({ file }) => !allowed(file)).map(({ file, specifier }) => `${file} imports ${specifier}`);

describe('the shape of the code', () => {
  it('finds the files that it judges', () => {
    expect(files.filter((file) => file.endsWith('.rule.ts')).length).toBeGreaterThan(5);
    expect(imports.length).toBeGreaterThan(300);
  });

  it('keeps rules pure: they import no framework, no store, no clock, nothing of Node', () => {
    const rules = sources.filter(({ file }) => /\.rules?\.ts$/.test(file));
    const pure = /^(\.\/|@fcode\/(events|policy|codes)$)/;
    expect(
      rules
        .filter(({ specifier }) => !pure.test(specifier))
        .map(({ file, specifier }) => `${file} imports ${specifier}`),
    ).toEqual([]);
    const timed = files
      .filter((file) => /\.rules?\.ts$/.test(file))
      .filter((file) => /Date\.now|new Date\(\)|Math\.random/.test(readFileSync(`${root}${file}`, 'utf8')));
    expect(timed).toEqual([]);
  });

  it('lets only libs/dynamo, infra, store files and main.ts import the AWS SDK', () => {
    const sdk = sources.filter(({ specifier }) => specifier.startsWith('@aws-sdk/'));
    expect(sdk.length).toBeGreaterThan(0);
    expect(broken(sdk, (file) => /^libs\/dynamo\/|^infra\/|-store\.ts$|\/main\.ts$/.test(file))).toEqual([]);
  });

  it('lets one folder import kafkajs', () => {
    expect(
      broken(
        imports.filter(({ specifier }) => specifier === 'kafkajs'),
        (file) => file.startsWith('libs/event-log/src/kafka/'),
      ),
    ).toEqual([]);
  });

  it('lets no service import another', () => {
    const names = ['membership', 'issuance', 'redemption', 'referral', 'insights', 'gateway'];
    const across = imports.filter(({ file, specifier }) => {
      const own = /^services\/([^/]+)\//.exec(file)?.[1];
      return (
        own !== undefined &&
        names.some((name) => name !== own && (specifier === `@fcode/${name}` || specifier.includes(`services/${name}`)))
      );
    });
    expect(across).toEqual([]);
  });

  it('lets no library import a service', () => {
    const services = /^@fcode\/(membership|issuance|redemption|referral|insights|gateway)$/;
    expect(
      broken(
        sources.filter(({ file, specifier }) => file.startsWith('libs/') && services.test(specifier)),
        () => false,
      ),
    ).toEqual([]);
  });

  it('imports across workspaces by name, never by path', () => {
    const escaping = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith('../')) return false;
      const depth = file.split('/').length - 1;
      const up = specifier.split('/').filter((step) => step === '..').length;
      return file.startsWith('test/') ? up >= depth : up > depth - 2;
    });
    expect(escaping.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it('gives every rule its spec, its own or that of the rules which share it', () => {
    const rules = files.filter((file) => file.endsWith('.rule.ts'));
    const users = files.filter((file) => /\.(spec|rule)\.ts$|\/fixtures\//.test(file));
    const text = users.map((file) => readFileSync(`${root}${file}`, 'utf8')).join('\n');
    const unproven = rules.filter((file) => !text.includes(`/${file.split('/').at(-1)}'`));
    expect(unproven).toEqual([]);
  });
});
