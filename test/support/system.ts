import { randomBytes } from 'node:crypto';
import type { EventLog } from '@fcode/event-log';
import { type Role, signToken } from '@fcode/http';
import { type Calling, callingWith } from './calling.ts';
import { type Engines, onCluster, startEngines } from './engines.ts';
import { type Running, startProcess } from './processes.ts';

export interface SystemOptions {
  /** Processes of each, at least two on a cluster; one element a process, with what its environment has besides. */
  redemption?: Record<string, string>[];
  issuance?: Record<string, string>[];
  referral?: Record<string, string>[];
  membership?: boolean;
  insights?: boolean;
  gateway?: boolean;
  /** The suite's own, where left out. */
  engines?: Engines;
}

export interface System {
  redemption: Running[];
  issuance: Running[];
  referral: Running[];
  membership?: Running;
  insights?: Running;
  gateway?: Running;
  storeEndpoint: string;
  tablePrefix: string;
  /** The system's event log, for a test to read. */
  openLog: () => EventLog;
  codeKeys: string;
  /** `lifetime` as in `12h`; negative for one that is over. */
  token: (role: Role, subject: string, lifetime?: string) => Promise<string>;
  /** Calls one of the processes as somebody. */
  as: (role: Role, subject: string) => Promise<Calling>;
  /** Another process of a service on the same store and log. */
  add: (service: string, environment?: Record<string, string>) => Promise<Running>;
  stop: () => Promise<void>;
}

const random = () => randomBytes(32).toString('base64url');

/** Real processes of the real services on one store and one event log. */
export const startSystem = async (options: SystemOptions = {}): Promise<System> => {
  const engines = options.engines ?? (await startEngines());
  const secret = random();
  const codeKeys = `1:${random()}`;
  const environment = {
    ...engines.environment,
    FCODE_JWT_SECRET: secret,
    FCODE_CODE_KEYS: codeKeys,
    FCODE_BUYER_KEY: random(),
  };
  const token = (role: Role, subject: string, lifetime?: string) =>
    signToken(secret, { subject, roles: [role] }, lifetime);
  const started: Running[] = [];
  const add = async (service: string, more: Record<string, string> = {}) => {
    const running = await startProcess(`services/${service}/src/main.ts`, { ...environment, ...more });
    started.push(running);
    return running;
  };
  const stop = async () => {
    await Promise.all(started.map((running) => running.stop()));
    await engines.stop();
  };
  const addAll = (service: string, processes: Record<string, string>[]) => {
    const count = processes.length > 0 && onCluster ? Math.max(2, processes.length) : processes.length;
    return Promise.all(Array.from({ length: count }, (_, index) => add(service, processes[index] ?? {})));
  };
  try {
    const [redemption, issuance, referral, [membership], [insights]] = await Promise.all([
      addAll('redemption', options.redemption ?? [{}]),
      addAll('issuance', options.issuance ?? [{}]),
      addAll('referral', options.referral ?? (options.gateway ? [{}] : [])),
      addAll('membership', options.membership ? [{}] : []),
      addAll('insights', options.insights ? [{}] : []),
    ]);
    const gateway =
      options.gateway && membership && insights && redemption[0] && issuance[0] && referral[0]
        ? await add('gateway', {
            FCODE_MEMBERSHIP_URL: membership.url,
            FCODE_ISSUANCE_URL: issuance[0].url,
            FCODE_REDEMPTION_URL: redemption[0].url,
            FCODE_REFERRAL_URL: referral[0].url,
            FCODE_INSIGHTS_URL: insights.url,
          })
        : undefined;
    return {
      redemption,
      issuance,
      referral,
      ...(membership ? { membership } : {}),
      ...(insights ? { insights } : {}),
      ...(gateway ? { gateway } : {}),
      storeEndpoint: engines.storeEndpoint,
      tablePrefix: engines.tablePrefix,
      openLog: () => engines.openLog(),
      codeKeys,
      token,
      as: async (role, subject) => callingWith(await token(role, subject)),
      add,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
