import { randomBytes } from 'node:crypto';
import { type Role, signToken } from '@fcode/http';
import type { ServiceName } from '@fcode/infra/tables';
import type { Engines } from './engines.ts';
import { type ProcessOptions, type Running, startProcess } from './process.ts';

export interface ProcessesOptions {
  engines: Engines;
  /** One element a process, with what its environment has besides. */
  services: Partial<Record<ServiceName, Record<string, string>[]>>;
  /** One before the first process of each service; all services must run. */
  gateway?: boolean;
  /** What the environment of every process has besides. */
  environment?: Record<string, string>;
}

export interface Processes extends Record<ServiceName, Running[]> {
  gateway?: Running;
  engines: Engines;
  codeKeys: string;
  /** `lifetime` as in `12h`; negative for one that is over. */
  token: (role: Role, subject: string, lifetime?: string) => Promise<string>;
  /** Another process of a service on the same store and log. */
  add: (service: string, environment?: Record<string, string>, options?: ProcessOptions) => Promise<Running>;
  /** Ends every process, then the engines. */
  stop: () => Promise<void>;
}

const random = () => randomBytes(32).toString('base64url');

/** Real processes of the real services on one store and one event log. */
export const startProcesses = async (wanted: ProcessesOptions): Promise<Processes> => {
  const { engines, services } = wanted;
  const secret = random();
  const codeKeys = `1:${random()}`;
  const environment = {
    ...engines.environment,
    FCODE_JWT_SECRET: secret,
    FCODE_CODE_KEYS: codeKeys,
    FCODE_BUYER_KEY: random(),
    ...wanted.environment,
  };
  const started: Running[] = [];
  const add = async (service: string, more: Record<string, string> = {}, options: ProcessOptions = {}) => {
    const running = await startProcess(`services/${service}/src/main.ts`, { ...environment, ...more }, options);
    started.push(running);
    return running;
  };
  const stop = async () => {
    await Promise.all(started.map((running) => running.stop()));
    await engines.stop();
  };
  const addAll = (service: ServiceName) => Promise.all((services[service] ?? []).map((more) => add(service, more)));
  try {
    const [membership, issuance, redemption, referral, insights] = await Promise.all([
      addAll('membership'),
      addAll('issuance'),
      addAll('redemption'),
      addAll('referral'),
      addAll('insights'),
    ]);
    const upstreams = Object.entries({ membership, issuance, redemption, referral, insights }).map(
      ([service, [first]]) => [`FCODE_${service.toUpperCase()}_URL`, first?.url ?? ''],
    );
    const gateway = wanted.gateway ? await add('gateway', Object.fromEntries(upstreams)) : undefined;
    return {
      membership,
      issuance,
      redemption,
      referral,
      insights,
      ...(gateway ? { gateway } : {}),
      engines,
      codeKeys,
      token: (role, subject, lifetime) => signToken(secret, { subject, roles: [role] }, lifetime),
      add,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
