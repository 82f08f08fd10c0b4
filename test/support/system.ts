import type { Role } from '@fcode/http';
import { type Engines, type Processes, type Running, startProcesses } from '@fcode/processes';
import { type Calling, callingWith } from './calling.ts';
import { onCluster, startEngines } from './engines.ts';

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

export interface System
  extends Pick<Processes, 'redemption' | 'issuance' | 'referral' | 'engines' | 'codeKeys' | 'token' | 'add' | 'stop'> {
  membership?: Running;
  insights?: Running;
  gateway?: Running;
  /** Calls one of the processes as somebody. */
  as: (role: Role, subject: string) => Promise<Calling>;
}

/** Real processes of the real services, those that a suite is about, on one store and one event log. */
export const startSystem = async (options: SystemOptions = {}): Promise<System> => {
  const { gateway = false } = options;
  const count = (processes: Record<string, string>[]) =>
    processes.length === 1 && onCluster ? [...processes, {}] : processes;
  const system = await startProcesses({
    engines: options.engines ?? (await startEngines()),
    services: {
      redemption: count(options.redemption ?? [{}]),
      issuance: count(options.issuance ?? [{}]),
      referral: count(options.referral ?? (gateway ? [{}] : [])),
      membership: count(options.membership ? [{}] : []),
      insights: count(options.insights ? [{}] : []),
    },
    gateway,
  });
  const {
    membership: [membership],
    insights: [insights],
    ...rest
  } = system;
  return {
    ...rest,
    ...(membership ? { membership } : {}),
    ...(insights ? { insights } : {}),
    as: async (role, subject) => callingWith(await system.token(role, subject)),
  };
};
