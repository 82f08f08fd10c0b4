import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { isRunning } from '@fcode/infra/guarded';
import { type ContainerRuntimeClient, GenericContainer, getContainerRuntimeClient, ImageName } from 'testcontainers';
import { type Missing, tell } from './engines.ts';

/** An engine or a registry that shows no sign of life for this long is taken for absent. */
const patienceMs = 4000;
/** What testcontainers 12.2 runs to remove the containers of processes that have died. */
const reaperImage = 'testcontainers/ryuk:0.14.0';
const label = 'fcode.test';

/** The Docker engine, if one answers and has the image, or can pull it. */
export const findDocker = async (image: string): Promise<ContainerRuntimeClient | Missing> => {
  const client = await soon(getContainerRuntimeClient()).catch(() => undefined);
  if (!client) return { missing: 'no engine answers' };
  const failure = await obtain(client, image);
  if (failure !== undefined) return { missing: `${image} is not here and cannot be pulled: ${failure}` };
  await settleReaper(client);
  await removeOrphans(client);
  return client;
};

/** Where the ports of containers are reached. */
export const hostOf = (client: ContainerRuntimeClient): string => {
  const { host } = client.info.containerRuntime;
  return host === 'localhost' ? '127.0.0.1' : host;
};

/** A container of ours: labelled, and with its port published at one we chose, on loopback where Docker is local. */
export class EngineContainer extends GenericContainer {
  private unguard = () => {};

  constructor(image: string) {
    super(image);
    this.withLabels({ [label]: 'engine', [`${label}.process`]: ourName(process.pid) });
  }

  withPublishedPort(container: number, host: number, address: string): this {
    this.withExposedPorts({ container, host });
    const binding = { HostPort: String(host), ...(address === '127.0.0.1' ? { HostIp: address } : {}) };
    this.hostConfig.PortBindings = { [`${container}/tcp`]: [binding] };
    return this;
  }

  /** Starts it; the second of the pair removes it and its data. */
  async run(client: ContainerRuntimeClient): Promise<[Container, remove: () => Promise<void>]> {
    const started = await this.start();
    const container = client.container.getById(started.getId());
    const remove = async () => {
      this.unguard();
      await container.remove({ force: true, v: true });
    };
    return [container, remove];
  }

  protected override async containerCreated(id: string): Promise<void> {
    if (process.env.TESTCONTAINERS_RYUK_DISABLED === 'true') this.unguard = guardContainer(id);
  }
}

type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;

/** Removes the container when this process dies; call what it returns before removing it otherwise. */
const guardContainer = (id: string): (() => void) => {
  // Our end of the pipe ends with us, and then without a word.
  const script = 'read -r word; [ -n "$word" ] || exec docker rm --force --volumes "$0"';
  const { stdin } = spawn('sh', ['-c', script, id], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  stdin.on('error', () => {});
  return () => stdin.end('removed\n');
};

const settleReaper = async (client: ContainerRuntimeClient): Promise<void> => {
  if (process.env.TESTCONTAINERS_RYUK_DISABLED === 'true') return;
  const reaper = process.env.RYUK_CONTAINER_IMAGE || reaperImage;
  if ((await obtain(client, reaper)) === undefined) return;
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  tell(
    `${reaper} cannot be pulled, so TESTCONTAINERS_RYUK_DISABLED=true for this process: the docker command removes its ` +
      `containers should it be killed; without that command the next tests do (docker ps --filter label=${label})`,
  );
};

const ourName = (pid: number | string) => `${hostname()}/${pid}`;

/** Undefined when the image is there, else what the engine said. */
const obtain = async (client: ContainerRuntimeClient, image: string): Promise<string | undefined> => {
  if (await client.image.exists(ImageName.fromString(image))) return undefined;
  const { dockerode } = client.container;
  const given = new AbortController();
  try {
    // The engine answers as soon as it has reached the registry; what follows are the layers, and these may take long.
    const stream = await soon(dockerode.pull(image, { abortSignal: given.signal }));
    tell(`Pulling ${image}, once`);
    await new Promise<void>((resolve, reject) => {
      dockerode.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
    });
    return undefined;
  } catch (error) {
    given.abort();
    return (error as Error).message.replace(/\s+/g, ' ').trim();
  }
};

const removeOrphans = async (client: ContainerRuntimeClient): Promise<void> => {
  const { dockerode } = client.container;
  const ours = await dockerode.listContainers({ all: true, filters: { label: [label] } });
  for (const { Id, Labels } of ours) {
    const [host, pid] = (Labels[`${label}.process`] ?? '').split('/');
    if (host !== hostname() || isRunning(Number(pid))) continue;
    // Others may be removing it at the same time.
    await dockerode
      .getContainer(Id)
      .remove({ force: true, v: true })
      .catch(() => {});
  }
};

const soon = async <Result>(answer: Promise<Result>): Promise<Result> => {
  const waiting = Promise.withResolvers<never>();
  const timer = setTimeout(() => waiting.reject(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs);
  try {
    return await Promise.race([answer, waiting.promise]);
  } finally {
    clearTimeout(timer);
  }
};
