import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Role, signToken } from '@fcode/http';
import { startTestStore } from '@fcode/testkit';
import { type Calling, callingWith } from './calling.ts';
import { type Running, startProcess } from './processes.ts';

export interface SystemOptions {
  /** Processes of each; one element a process, with what its environment has besides. */
  redemption?: Record<string, string>[];
  issuance?: Record<string, string>[];
  referral?: Record<string, string>[];
  membership?: boolean;
  insights?: boolean;
  gateway?: boolean;
}

export interface System {
  redemption: Running[];
  issuance: Running[];
  referral: Running[];
  membership?: Running;
  insights?: Running;
  gateway?: Running;
  storeEndpoint: string;
  logFile: string;
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
  const store = await startTestStore();
  const logFile = join(store.folder, 'events.sqlite');
  const secret = random();
  const codeKeys = `1:${random()}`;
  const environment = {
    DYNAMODB_ENDPOINT: store.endpoint,
    FCODE_EVENT_LOG: `sqlite:${logFile}`,
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
    await store.stop();
  };
  try {
    const [redemption, issuance, referral, membership, insights] = await Promise.all([
      Promise.all((options.redemption ?? [{}]).map((more) => add('redemption', more))),
      Promise.all((options.issuance ?? [{}]).map((more) => add('issuance', more))),
      Promise.all((options.referral ?? (options.gateway ? [{}] : [])).map((more) => add('referral', more))),
      options.membership ? add('membership') : undefined,
      options.insights ? add('insights') : undefined,
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
      storeEndpoint: store.endpoint,
      logFile,
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
